import { describe, expect, it } from 'vitest';
import { lineOf, TELEMETRY, type TelemetryRow } from '../../src/base/telemetry.ts';
import { sourceFiles } from '../source-files.ts';

const rows = Object.entries(TELEMETRY) as [string, TelemetryRow][];

describe('a line of the log', () => {
  it('has its fields in it, whatever they are', () => {
    expect(lineOf(TELEMETRY.requests_refused, { kind: 'flood', count: 3, client: 'x' })).toBe(
      'Refused 3 more requests (flood) within a minute.',
    );
    expect(lineOf(TELEMETRY.checkpoint_unread, { error: '{error} $&' })).toBe('Checkpoint not read: {error} $&');
  });

  it.each(rows)('has words of its own: %s', (name, { line }) => {
    const words = line.replaceAll(/\{\w+\}/g, '');
    // It is made for a person to look at while work runs.
    if (name !== 'progress') expect(words).toMatch(/[a-z]{3}/i);
  });

  it('is counted by fields that it has', () => {
    for (const [name, { line, fields, metric }] of rows) {
      const known = [...fields, ...[...line.matchAll(/\{(\w+)\}/g)].map(([, field]) => field)];
      for (const field of [metric?.label, metric?.add]) {
        if (field !== undefined) expect(known, name).toContain(field);
      }
    }
  });
});

describe('the list of lines', () => {
  const code = sourceFiles('src').map(({ path, code: text }) => (path === 'src/base/telemetry.ts' ? '' : text));

  it.each(rows)('%s is said somewhere', name => {
    expect(code.some(text => text.includes(`report('${name}'`))).toBe(true);
  });
});
