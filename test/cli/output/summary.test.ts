import { describe, expect, test } from 'vitest';
import { progressLine, reportRemarks, summaryLine, totalOf } from '../../../src/cli/output/summary.ts';
import type { FileSummary, SidecarSummary } from '../../../src/sidecar/flow.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const file = (path: string, lines: number, lagBytes = 0): FileSummary => ({
  path,
  attempt: 1,
  lines,
  bytes: lines * 100,
  lagBytes,
  lagSeconds: 0,
});
const summary: SidecarSummary = {
  adwId: '1a2b3c4d',
  files: 2,
  lines: 1_803,
  events: 4_211,
  duplicates: 0,
  bytes: 2_100_000,
  seconds: 1.3,
  retries: 0,
  rejected: 0,
  redactions: {},
  lostBytes: 0,
  disputed: 0,
  perFile: [file('a', 1_800), file('b', 3)],
};

describe('the closing summary', () => {
  test('says in one line what was delivered', () => {
    expect(summaryLine(summary)).toBe(
      '2 files, 1,803 lines (1,803 new, 0 duplicates), 4,211 events, 2.0 MiB, 1.3s, all in the log',
    );
  });

  test('of a second replay says that all was there already', () => {
    expect(summaryLine({ ...summary, lines: 0, events: 0, bytes: 0, duplicates: 1_803 })).toBe(
      '2 files, 1,803 lines (0 new, 1,803 duplicates), 0 events, 0 B, 1.3s, all in the log',
    );
  });

  test('never claims that all is in the log while something is on disk alone, or was refused', () => {
    expect(summaryLine({ ...summary, perFile: [file('a', 1_803, 1)] })).toMatch(/, not all in the log$/);
    expect(summaryLine({ ...summary, rejected: 1 })).toMatch(/, not all in the log$/);
  });

  test('remarks only on what was not as it should be', () => {
    const remarks = (about: SidecarSummary) => {
      const { log, recorded } = recordingLogger();
      reportRemarks(log, 'x', about);
      return recorded.map(({ line }) => line);
    };
    expect(remarks(summary)).toEqual([]);
    const troubled = {
      ...summary,
      retries: 1,
      rejected: 2,
      lostBytes: 10,
      disputed: 2,
      redactions: { 'github-token': 3 },
      perFile: [file('a', 1, 2_048)],
    };
    expect(remarks(troubled)).toEqual([
      'x: 2.0 KiB in 1 file not yet in the log; run it again to deliver',
      'x: 2 events refused by the server',
      'x: 10 B rewritten before they could be read',
      'x: the log holds other bytes under the names of 2 files; delivered as other attempts',
      'x: 1 retry of deliveries',
      'x: secrets redacted: 3 github-token',
    ]);
  });

  test('of many ADWs adds up', () => {
    const total = totalOf([summary, { ...summary, seconds: 5, redactions: { jwt: 1 } }]);
    expect(total).toMatchObject({ adwId: '*', files: 4, lines: 3_606, seconds: 5, redactions: { jwt: 1 } });
    expect(totalOf([])).toMatchObject({ files: 0, seconds: 0 });
  });
});

describe('the progress line', () => {
  const progress = {
    extent: () => ({ files: 3, bytes: 1_048_576, bytesTotal: 4_194_304 }),
    lines: 1_203,
    events: 1,
    connected: true,
    caughtUp: false,
  };

  test('tells share, rate and time left', () => {
    expect(progressLine(progress, 1_000)).toBe('25 %, 1.0 MiB of 4.0 MiB, 1,203 lines, 3 files, 1.0 MiB/s, 3.0s left');
  });

  test('says when it waits for the server', () => {
    expect(progressLine({ ...progress, connected: false }, 1_000)).toMatch(/waiting for the server$/);
  });

  test('promises nothing before it knows a rate', () => {
    expect(progressLine({ ...progress, extent: () => ({ files: 3, bytes: 0, bytesTotal: 0 }) }, 0)).toBe(
      '0 %, 0 B of 0 B, 1,203 lines, 3 files',
    );
  });
});
