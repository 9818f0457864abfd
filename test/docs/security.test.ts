import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/security.md', root), 'utf8');
const rows = [...page.matchAll(/^\| (.+?) \| .+? \| `(test\/[^`]+)` › (.+?) \|$/gm)].map(
  ([, attack = '', file = '', name = '']) => ({ attack, file, name }),
);

describe('the table of attacks in docs/security.md', () => {
  it('is there', () => {
    expect(rows.length).toBeGreaterThan(25);
  });

  it.each(rows)('names a test that exists: $attack', async ({ file, name }) => {
    expect(await readFile(new URL(file, root), 'utf8')).toContain(name);
  });
});
