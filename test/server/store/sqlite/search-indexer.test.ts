import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { GROUP_SEQS } from '../../../../src/server/store/sqlite/search-groups.ts';
import { program } from '../../../support/program.ts';

const PROGRAM = fileURLToPath(new URL('./backlog-program.ts', import.meta.url));
/** ms after which a process that should be done in one second is killed. */
const STUCK_MS = 60_000;

/** How far the indexer came, in a process that is killed when it does not end. */
async function indexedTo(...[texts, chars, published]: readonly [number, number, number]): Promise<number> {
  const args = [await program(PROGRAM), `${texts}`, `${chars}`, `${published}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: STUCK_MS, killSignal: 'SIGKILL' });
  return Number(stdout);
}

describe('an indexer with too large a backlog', () => {
  it('ends at the newest published event, though texts of commits that are not published yet are too much', async () => {
    expect(await indexedTo(4_300, 2_000, 2_150)).toBeGreaterThan(2_150 - GROUP_SEQS);
  });

  it('ends before the newest group, though its few texts alone are too much', async () => {
    expect(await indexedTo(GROUP_SEQS - 2, 500_000, GROUP_SEQS - 2)).toBe(0);
  });
});
