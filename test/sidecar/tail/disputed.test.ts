import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAllInLog, reportRemarks } from '../../../src/cli/output/summary.ts';
import { verifyAdw } from '../../../src/sidecar/replay/verify.ts';
import { serverForTest } from '../../server/running.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { until } from '../../support/until.ts';
import { type Bed, ID, linesOf, makeBed, note, readLog, untilLines } from '../bed.ts';

const PATH = 'planner/raw_output.jsonl';
const FIRST = note('the same first line');
const text = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('');
const of = (host: string, count: number) => [FIRST, ...Array.from({ length: count }, (_, n) => note(`${host} ${n}`))];

/** Waits until each of these lines is in the log of the stream, whatever else is there. */
async function untilAllIn(url: string, lines: readonly string[]): Promise<void> {
  await until(`the log has ${lines.length} lines among others`, async () => {
    const have = new Set(linesOf(await readLog(url), PATH));
    return lines.every(line => have.has(line));
  });
}

/** Moves the file's position by a unit that no file holds: a client that may post can do so. */
async function poison(url: string, bed: Bed, length: number): Promise<void> {
  const { files } = (await (await fetch(`${url}/api/v1/adws/${ID}/positions`)).json()) as {
    files: { path: string; fingerprint: string; next: number; lines: number }[];
  };
  const { fingerprint, next, lines } = files.find(({ path }) => path === PATH)!;
  const sha256 = createHash('sha256').update(`${bed.root}`).digest('hex');
  const data = {
    ...{ adw_id: ID, event_id: `poison-${next}`, agent_role: 'planner', content: 'x', lines: 1, attempt: 1 },
    ...{ sha256, sent_sha256: createHash('sha256').update('x').digest('hex'), tail_sha256: sha256 },
    source: { path: PATH, fingerprint, line: lines + 1, offset: next, length },
  };
  const answer = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ type: 'agent_output_chunk', data }]),
  });
  expect(await answer.json()).toMatchObject({ accepted: 1 });
}

describe('two hosts with one id, one path and one first line', () => {
  it('lose nothing when one comes after the other, and the shorter file is told of', async () => {
    const { url } = await serverForTest();
    const [longer, shorter] = [makeBed(url), makeBed(url)];
    longer.write(longer.stream('planner'), text(of('a', 50)));
    shorter.write(shorter.stream('planner'), text(of('b', 3)));
    await longer.replay();
    const summary = await shorter.replay();
    await untilAllIn(url, [...of('a', 50), ...of('b', 3)]);
    expect(summary).toMatchObject({ lines: 4, disputed: 1 });
    expect(shorter.warnings.join()).toMatch(
      /planner\/raw_output\.jsonl: the log claims \d+ bytes of it, and it has \d+/,
    );
    const { log, recorded } = recordingLogger();
    reportRemarks(log, 'x', summary);
    expect(recorded).toMatchObject([{ name: 'summary_disputed', fields: { files: '1 file' } }]);
    for (const bed of [longer, shorter]) expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
    // What was sorted out stays so.
    expect(await shorter.replay()).toMatchObject({ lines: 0, disputed: 0 });
  });

  it('lose nothing when the other was faster with a longer file', async () => {
    const { url } = await serverForTest();
    const [faster, slower] = [makeBed(url), makeBed(url)];
    const file = slower.write(slower.stream('planner'), '');
    slower.write(slower.stream('ready'), `${note('ready')}\n`);
    const { stop } = slower.watch();
    await untilLines(url, 'ready/raw_output.jsonl', [note('ready')]);
    faster.write(faster.stream('planner'), text(of('a', 50)));
    await faster.replay();
    appendFileSync(file, text(of('b', 3)));
    await untilAllIn(url, [...of('a', 50), ...of('b', 3)]);
    const summary = await stop();
    expect([summary.disputed, isAllInLog(summary)]).toEqual([1, true]);
    for (const bed of [faster, slower]) expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
  });
});

describe('a position that a client has made up', () => {
  const lines = of('mine', 20);

  it('while a watch runs costs no line, and is told', async () => {
    const { url } = await serverForTest();
    const bed = makeBed(url);
    const file = bed.write(bed.stream('planner'), text(lines.slice(0, 5)));
    const { stop } = bed.watch();
    await untilLines(url, PATH, lines.slice(0, 5));
    await poison(url, bed, 1_000_000);
    for (const line of lines.slice(5)) appendFileSync(file, `${line}\n`);
    await untilAllIn(url, lines);
    const summary = await stop();
    expect([summary.disputed, isAllInLog(summary)]).toEqual([1, true]);
    expect(bed.warnings.filter(warning => warning.startsWith(`${PATH}: the log`))).toHaveLength(1);
    expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
  });

  it('between two runs costs no line, and is told', async () => {
    const { url } = await serverForTest();
    const bed = makeBed(url);
    const file = bed.write(bed.stream('planner'), text(lines.slice(0, 5)));
    await bed.replay();
    await poison(url, bed, 200);
    appendFileSync(file, text(lines.slice(5)));
    await bed.replay({ stateDir: join(bed.root, 'other') });
    await untilAllIn(url, lines);
    expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
  });
});

describe('a rewrite of the same length that keeps the first line and the last 4 KiB', () => {
  const end = note('x'.repeat(5_000));
  const [before, after] = [
    [FIRST, note('one'), note('two'), end],
    [FIRST, note('ONE'), note('TWO'), end],
  ];

  it('between two runs is delivered as another attempt, whether the file has grown since or not', async () => {
    const { url } = await serverForTest();
    const bed = makeBed(url);
    const file = bed.write(bed.stream('planner'), text(before));
    await bed.replay();
    bed.write(bed.stream('planner'), text(after));
    await bed.replay();
    await untilAllIn(url, [...before, ...after]);
    bed.write(bed.stream('planner'), text(before.map(line => line.replaceAll('one', 'uno'))));
    appendFileSync(file, text([note('more')]));
    await bed.replay();
    await untilAllIn(url, [note('uno'), note('more')]);
    expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
  });

  it('under a running watch is another attempt at once; with growth in the same moment it is one at the next start', async () => {
    const { url } = await serverForTest();
    const bed = makeBed(url);
    // The first 4 KiB are looked at whenever it grows.
    const begin = note('w'.repeat(5_000));
    const file = bed.write(bed.stream('planner'), text([begin, ...before]));
    const { stop } = bed.watch();
    await untilLines(url, PATH, [begin, ...before]);
    writeFileSync(file, text([begin, ...after]));
    await untilAllIn(url, after);
    const grown = [begin, ...after.map(line => line.replaceAll('ONE', 'UNO')), note('more')];
    // In one write: a poll between a cut and what is written after it would see the rewrite at once.
    const fd = openSync(file, 'r+');
    writeSync(fd, text(grown));
    closeSync(fd);
    await untilAllIn(url, [note('more')]);
    expect(await stop()).toMatchObject({ disputed: 0 });
    expect(linesOf(await readLog(url), PATH)).not.toContain(note('UNO'));
    expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: false });
    await bed.replay();
    await untilAllIn(url, grown);
    expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
  });
});
