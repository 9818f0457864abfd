import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyAdw } from '../../src/sidecar/replay/verify.ts';
import { serverForTest, startTestServer } from '../server/running.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { ID, linesOf, makeBed, note, readLog, untilLines } from './bed.ts';

const PLANNER = 'planner/raw_output.jsonl';

/** Lets the time of day be that much later for the rest of the test, ms, whenever it is asked for. */
function shiftClock(laterMs: () => number): void {
  const realNow = Date.now;
  Date.now = () => realNow() + laterMs();
  onTestFinished(() => {
    Date.now = realNow;
  });
}

describe('an attempt', () => {
  it('begins when a file is rewritten in place, and says how much was never read', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    const watch = bed.watch();
    await untilLines(server.url, PLANNER, [note('one')]);
    appendFileSync(path, 'half a line');
    const journal = join(bed.stateDir, `${ID}.journal`);
    const piece = `a 0 ${note('one').length + 1 + 'half a line'.length} `;
    await until('the piece was seen', () => readFileSync(journal, 'utf8').includes(piece));
    writeFileSync(path, `${note('uno')}\n${note('dos')}\n${note('tres')}\n`);
    await untilLines(server.url, PLANNER, [note('one'), note('uno'), note('dos'), note('tres')]);
    await watch.stop();
    const attempts = (await readLog(server.url)).filter(({ type }) => type === 'attempt_started');
    expect(attempts.map(({ data }) => [data.attempt, data.reason, data.lost_bytes])).toEqual([
      [1, 'new', 0],
      [2, 'rewritten', 'half a line'.length],
    ]);
  });

  it('begins when a file that begins with all that the log has is renamed over one that has grown meanwhile', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const [first, old, fresh] = [note('the same first line'), note('old'), [note('fresh'), note('and whole')]];
    const path = bed.write(bed.stream('planner'), `${first}\n`);
    const watch = bed.watch();
    await untilLines(server.url, PLANNER, [first]);
    // Between two polls of the watch.
    writeFileSync(`${path}.new`, `${[first, ...fresh].join('\n')}\n`);
    appendFileSync(path, `${old}\n`);
    renameSync(`${path}.new`, path);
    await untilLines(server.url, PLANNER, [first, old, first, ...fresh]);
    await watch.stop();
  });

  it('says what was lost also when nobody watched when the file was rewritten', async () => {
    const away = makeBed('http://127.0.0.1:9');
    const path = away.write(away.stream('planner'), '');
    const server = await serverForTest();
    const first = away.watch({ server: server.url });
    appendFileSync(path, `${note('one')}\n`);
    await untilLines(server.url, PLANNER, [note('one')]);
    await first.stop();
    const second = away.watch();
    const journal = join(away.stateDir, `${ID}.journal`);
    appendFileSync(path, `${note('two')}\n`);
    const size = ` ${2 * (note('one').length + 1)} `;
    await until('the arrival is written down', () => readFileSync(journal, 'utf8').includes(size));
    await second.stop();
    writeFileSync(path, `${note('uno')}\n`);
    await away.replay({ server: server.url });
    const attempts = await readLog(server.url, '&type=attempt_started');
    expect(attempts.at(-1)?.data).toMatchObject({
      attempt: 2,
      reason: 'rewritten',
      lost_bytes: note('two').length + 1,
    });
  });

  it('counts on over restarts and replays', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    for (const [n, text] of ['a', 'b', 'c'].entries()) {
      bed.write(bed.stream('planner'), `${note(text)}\n`);
      await bed.replay();
      const attempts = (await readLog(server.url, '&type=attempt_started')).map(({ data }) => data.attempt);
      expect(attempts.at(-1)).toBe(n + 1);
    }
  });

  it('that was renamed while nobody watched is read on under its old name', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    await bed.replay();
    appendFileSync(path, `${note('two')}\n`);
    renameSync(path, `${path}.1`);
    bed.write(bed.stream('planner'), `${note('fresh')}\n`);
    await bed.replay();
    const events = await readLog(server.url);
    expect(linesOf(events, PLANNER)).toEqual([note('one'), note('fresh'), note('two')]);
    expect(linesOf(events, `${PLANNER}.1`)).toEqual([]);
  });

  it('that was renamed while nobody watched is told once, though what lies in its place begins alike', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n${note('two')}\n`);
    await bed.replay();
    renameSync(path, `${path}.1`);
    bed.write(bed.stream('planner'), `${note('one')}\n${note('other')}\n`);
    await bed.replay();
    const events = await readLog(server.url);
    expect(linesOf(events, PLANNER)).toEqual([note('one'), note('two'), note('one'), note('other')]);
    expect(linesOf(events, `${PLANNER}.1`)).toEqual([]);
  });

  it('that is renamed and named back while it is watched is told once', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    const watch = bed.watch();
    await untilLines(server.url, PLANNER, [note('one')]);
    const aside = join(dirname(path), 'aside_output.jsonl');
    renameSync(path, aside);
    appendFileSync(aside, `${note('two')}\n`);
    await untilLines(server.url, PLANNER, [note('one'), note('two')]);
    renameSync(aside, path);
    appendFileSync(path, `${note('three')}\n`);
    await untilLines(server.url, PLANNER, [note('one'), note('two'), note('three')]);
    await watch.stop();
    await bed.replay();
    const events = await readLog(server.url);
    expect(linesOf(events, PLANNER)).toEqual([note('one'), note('two'), note('three')]);
    expect(events.filter(({ type }) => type === 'attempt_started')).toHaveLength(1);
  });

  it('that is unlinked while it is being read is read to its end', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    const watch = bed.watch();
    await untilLines(server.url, PLANNER, [note('one')]);
    appendFileSync(path, `${note('two')}\n`);
    unlinkSync(path);
    bed.write(bed.stream('planner'), `${note('new life')}\n`);
    await untilLines(server.url, PLANNER, [note('one'), note('two'), note('new life')]);
    await watch.stop();
  });
});

describe('a last line without newline', () => {
  it('is delivered after a quiet second when it is a whole value, and its newline later adds no line', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n${note('two')}`);
    const watch = bed.watch();
    await untilLines(server.url, PLANNER, [note('one'), note('two')]);
    appendFileSync(path, `\n${note('three')}\n`);
    await untilLines(server.url, PLANNER, [note('one'), note('two'), note('three')]);
    const summary = await watch.stop();
    expect(summary.lines).toBe(3);
    expect(await verifyAdw(bed.options())).toMatchObject({ isComplete: true });
  });

  it('is held back when it is a piece, and a line to a replay and to verify alike once it has been one for a minute', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n{"type":"ass`);
    const verify = () => verifyAdw(bed.options());
    expect(await bed.replay()).toMatchObject({ lines: 1 });
    expect(linesOf(await readLog(server.url), PLANNER)).toEqual([note('one')]);
    expect(await verify()).toMatchObject({ isComplete: true });
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    expect(await verify()).toMatchObject({ isComplete: false, files: [{ missingLines: 1 }] });
    expect(await bed.replay()).toMatchObject({ lines: 1 });
    expect(await verify()).toMatchObject({ isComplete: true, files: [{ missingLines: 0, lines: 2 }] });
  });
});

describe('positions', () => {
  it('belong to the server: with no checkpoint, a corrupt one or a newer one nothing is repeated', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    await bed.replay();
    const checkpoint = join(bed.stateDir, `${ID}.checkpoint.json`);
    const spoil = [
      () => rmSync(checkpoint),
      () => writeFileSync(checkpoint, '{"version":1,"fi'),
      () => writeFileSync(checkpoint, '{"version":7}'),
      () => rmSync(bed.stateDir, { recursive: true }),
    ];
    const lines = [note('one')];
    for (const [n, act] of spoil.entries()) {
      act();
      lines.push(note(`after ${n}`));
      appendFileSync(path, `${lines.at(-1)}\n`);
      expect(await bed.replay()).toMatchObject({ lines: 1, duplicates: n + 1 });
    }
    expect(linesOf(await readLog(server.url), PLANNER)).toEqual(lines);
  });

  it('of a log that was started anew send everything again, lines and files, without a restart of the watch', async () => {
    const first = await startTestServer({ port: await freePort() });
    const bed = makeBed(first.url);
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    bed.write('agents/abcd1234/adw_state.json', '{"adw_id":"abcd1234","issue_number":"7"}');
    const watch = bed.watch();
    await untilLines(first.url, PLANNER, [note('one')]);
    await first.remove();
    const second = await serverForTest({ port: first.port });
    // A watch that has nothing to send asks every five seconds which log it is.
    shiftClock(() => 5_000);
    await untilLines(second.url, PLANNER, [note('one')]);
    await until('the state is there again', async () =>
      (await readLog(second.url)).some(({ type }) => type === 'agent_updated'),
    );
    await watch.stop();
    expect(bed.warnings).toContain('The server has a new log; delivering everything again.');
  });

  it('are shared by two watchers on two hosts: nothing is repeated', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), '');
    const watches = ['host-a', 'host-b'].map(host => bed.watch({ stateDir: join(bed.root, host) }));
    const lines = Array.from({ length: 200 }, (_, n) => note(`line ${n}`));
    for (const line of lines) appendFileSync(path, `${line}\n`);
    await untilLines(server.url, PLANNER, lines);
    for (const watch of watches) await watch.stop();
    await untilLines(server.url, PLANNER, lines);
  });
});

describe('a second watcher on this host', () => {
  it('says who is there and stops, unless it takes over; then the first one stops', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    mkdirSync(bed.stateDir, { recursive: true });
    const lock = join(bed.stateDir, `${ID}.lock`);
    const watch = bed.watch();
    await untilLines(server.url, PLANNER, [note('one')]);
    const owner = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
    expect(owner.pid).toBe(process.pid);
    writeFileSync(lock, JSON.stringify({ ...owner, pid: process.ppid, started: '' }));
    await expect(bed.replay({ follow: true })).rejects.toMatchObject({ code: 'adw_locked' });
    await watch.ended;
    expect(bed.warnings).toContain('Another watcher has taken this ADW over; stopping.');
    const second = bed.watch({ takeover: true });
    await until(
      'the lock is ours',
      () => (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid === process.pid,
    );
    await second.stop();
    expect(existsSync(lock)).toBe(false);
  });
});

describe('arrival times', () => {
  it('are observed while the server is away, and known to a later replay', async () => {
    const away = makeBed('http://127.0.0.1:9');
    const path = away.write(away.stream('planner'), '');
    const watch = away.watch();
    const journal = join(away.stateDir, `${ID}.journal`);
    const began = Date.now();
    appendFileSync(path, `${note('one')}\n`);
    await until('the arrival is written down', () => existsSync(journal) && /^a /m.test(readFileSync(journal, 'utf8')));
    await watch.stop();
    const server = await serverForTest();
    await away.replay({ server: server.url });
    const [text] = (await readLog(server.url)).filter(({ type }) => type === 'text_block');
    expect(text?.data.timing).toBe('observed');
    expect(Date.parse(String(text?.data.timestamp))).toBeGreaterThanOrEqual(began - 50);
  });

  it('are estimated from the file and its result when nobody watched', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const result = JSON.stringify({
      type: 'result',
      subtype: 'success',
      is_error: false,
      duration_ms: 60_000,
      session_id: 's',
    });
    bed.write(bed.stream('planner'), `${note('one')}\n${note('two')}\n${result}\n`);
    await bed.replay();
    const times = (await readLog(server.url))
      .filter(({ type }) => type === 'text_block')
      .map(({ data }) => [data.timing, Date.parse(String(data.timestamp))] as const);
    expect(times.map(([timing]) => timing)).toEqual(['estimated', 'estimated']);
    expect((times[1]?.[1] ?? 0) - (times[0]?.[1] ?? 0)).toBeGreaterThan(5_000);
  });
});

describe('while the server is away', () => {
  it('states that come and go wait on disk: the last one is told, once, when it is back', async () => {
    const first = await startTestServer({ port: await freePort() });
    const bed = makeBed(first.url);
    const watch = bed.watch();
    const state = (n: number) => bed.write(`agents/${ID}/adw_state.json`, JSON.stringify({ adw_id: ID, n }));
    const told = async (url: string) =>
      (await readLog(url, '&type=agent_updated')).map(({ data }) => (data.state as { n: number }).n);
    state(0);
    await until('the first state is told', async () => (await told(first.url)).length === 1);
    await first.close();
    const lines = Array.from({ length: 120 }, (_, n) => note(`${n} ${'x'.repeat(50_000)}`));
    const path = bed.write(bed.stream('planner'), '');
    for (const [n, line] of lines.entries()) {
      appendFileSync(path, `${line}\n`);
      state(n + 1);
    }
    const second = await serverForTest({ port: first.port, dataDir: first.dataDir });
    await untilLines(second.url, PLANNER, lines);
    await until('the last state is told', async () => (await told(second.url)).at(-1) === lines.length);
    await watch.stop();
    expect(new Set(await told(second.url)).size).toBe((await told(second.url)).length);
  });
});

describe('the end of an ADW', () => {
  it('is waited for with untilComplete', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const result = JSON.stringify({
      type: 'result',
      subtype: 'success',
      is_error: false,
      duration_ms: 10,
      session_id: 's',
    });
    bed.write(bed.stream('documenter'), `${note('one')}\n${result}\n`);
    bed.write(`agents/${ID}/adw_state.json`, JSON.stringify({ adw_id: ID, workflow_status: 'completed' }));
    const summary = await bed.watch({ untilComplete: true }).ended;
    expect(summary).toMatchObject({ lines: 2 });
  });
});

it('a watch that is stopped tells what was written last: entries, states, plans, and a result without newline', async () => {
  const server = await serverForTest();
  const bed = makeBed(server.url);
  const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
  const watch = bed.watch();
  await untilLines(server.url, PLANNER, [note('one')]);
  appendFileSync(path, note('last'));
  bed.write(bed.stream('adw_plan_iso', 'execution.log'), '2026-11-26 10:00:06 - ERROR - It failed\n');
  bed.write(`agents/${ID}/adw_state.json`, `{"adw_id":"${ID}","workflow_status":"failed"}`);
  bed.write(`agents/${ID}/${ID}_plan_spec.md`, '# Plan\n');
  await watch.stop();
  const events = await readLog(server.url);
  expect(linesOf(events, PLANNER)).toEqual([note('one'), note('last')]);
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['agent_updated', 'spec_created']));
  expect(events.map(({ data }) => data.message)).toContain('It failed');
});

it('a watch that is stopped reads all that lies there, also where the machine stands still for a while', async () => {
  const server = await serverForTest();
  const bed = makeBed(server.url);
  bed.write(bed.stream('planner'), `${note('one')}\n`);
  const watch = bed.watch();
  await untilLines(server.url, PLANNER, [note('one')]);
  const roles = ['builder', 'tester', 'reviewer', 'documenter'];
  for (const role of roles) bed.write(bed.stream(role), `${note(role)}\n`);
  // It reads the first file, and two seconds have gone by.
  let asked = 0;
  shiftClock(() => (asked++ === 0 ? 0 : 2_000));
  await watch.stop();
  const events = await readLog(server.url);
  expect(roles.map(role => linesOf(events, `${role}/raw_output.jsonl`))).toEqual(roles.map(role => [note(role)]));
});

it('a command that ends before a slow server has answered for the first time has all that it wrote in the log', async () => {
  const server = await serverForTest();
  const proxy = await startFaultProxy(server.url, { slowMs: 2_500 });
  onTestFinished(() => proxy.close());
  proxy.faults.push('slow');
  const bed = makeBed(proxy.url);
  bed.write(bed.stream('planner'), `${note('one')}\n`);
  await bed.watch({ beside: { first: [], last: () => [] } }).stop();
  expect(linesOf(await readLog(server.url), PLANNER)).toEqual([note('one')]);
});

it('a watch that is stopped tells the last entry of a log, though no other has ended it', async () => {
  const server = await serverForTest();
  const bed = makeBed(server.url);
  const path = bed.write(bed.stream('adw_plan_iso', 'execution.log'), '2026-11-26 10:00:05 - INFO - It began\n');
  const watch = bed.watch();
  const messages = async () => (await readLog(server.url, '&type=agent_log')).map(({ data }) => data.message);
  await until('the first entry is told', async () => (await messages()).includes('It began'));
  appendFileSync(path, '2026-11-26 10:00:06 - ERROR - It failed\n');
  await watch.stop();
  expect(await messages()).toContain('It failed');
});

it('verify compares a log entry by entry, and the artifacts that long ones stand on', async () => {
  const server = await serverForTest();
  const bed = makeBed(server.url);
  const path = bed.stream('adw_plan_iso', 'execution.log');
  const entries = ['INFO - It began', `DEBUG - ${'word '.repeat(1_000)}\n  and more`, 'ERROR - It failed'];
  const text = entries.map((entry, n) => `2026-11-26 10:00:0${n} - ${entry}\r\n`).join('');
  bed.write(path, text);
  await bed.replay();
  const verify = () => verifyAdw(bed.options());
  const [file] = (await verify()).files;
  expect(file).toMatchObject({ onDisk: true, lines: 4, bytes: text.length, missingLines: 0, difference: undefined });
  const [, { data: long } = { data: {} }] = await readLog(server.url, '&type=agent_log');
  const whole = await fetch(`${server.url}/api/v1/adws/${ID}/artifacts/${(long as { artifact: string }).artifact}`);
  expect(await whole.text()).toBe(`${'word '.repeat(1_000).trimEnd()}\n  and more`);
  bed.write(path, text.replace('and more', 'and less'));
  expect((await verify()).files).toMatchObject([
    { difference: { offset: text.indexOf('2026', 1), what: 'the bytes on disk are not those that were read' } },
  ]);
  bed.write(path, `${text}2026-11-26 10:00:09 - INFO - again\n`);
  expect((await verify()).files).toMatchObject([{ missingLines: 1, difference: { offset: text.length } }]);
});

it('a file rewritten with the same first line before a server was there gives no line the time of another', async () => {
  const away = makeBed('http://127.0.0.1:9');
  const path = away.write(away.stream('planner'), '');
  const watch = away.watch();
  const journal = join(away.stateDir, `${ID}.journal`);
  const journalHolds = (record: RegExp) =>
    until(`${record}`, () => existsSync(journal) && record.test(readFileSync(journal, 'utf8')));
  appendFileSync(path, `${note('first')}\n${note('of the attempt that was lost')}\n`);
  await journalHolds(new RegExp(` ${readFileSync(path).length} `));
  writeFileSync(path, `${note('first')}\n`);
  await journalHolds(/^r 0$/m);
  const rewrittenAt = Date.now();
  appendFileSync(path, `${note('second')}\n`);
  await journalHolds(new RegExp(`^r 0\\n(.*\\n)*a 0 ${readFileSync(path).length} `, 'm'));
  await watch.stop();
  const server = await serverForTest();
  await away.replay({ server: server.url });
  const second = (await readLog(server.url, '&type=text_block')).find(({ data }) => data.content === 'second');
  expect(second?.data.timing).toBe('observed');
  expect(Date.parse(String(second?.data.timestamp))).toBeGreaterThanOrEqual(rewrittenAt);
});

describe('without file system events', () => {
  it('polling finds growth, new files and new roles', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    const watch = bed.watch({ fsEvents: false });
    await untilLines(server.url, PLANNER, [note('one')]);
    appendFileSync(path, `${note('two')}\n`);
    await untilLines(server.url, PLANNER, [note('one'), note('two')]);
    bed.write(bed.stream('builder', 'cc_raw_output.jsonl'), `${note('built')}\n`);
    await untilLines(server.url, 'builder/cc_raw_output.jsonl', [note('built')]);
    await watch.stop();
  });

  it('polls go on when the clock is set back, and what arrives then has its own time', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const ahead = Date.now() + 3_600_000;
    vi.useFakeTimers({ toFake: ['Date'], now: ahead });
    onTestFinished(() => void vi.useRealTimers());
    const path = bed.write(bed.stream('planner'), `${note('one')}\n`);
    const watch = bed.watch({ fsEvents: false });
    await untilLines(server.url, PLANNER, [note('one')]);
    vi.useRealTimers();
    appendFileSync(path, `${note('two')}\n${note('a piece').slice(0, -2)}`);
    bed.write(bed.stream('builder'), note('held'));
    await untilLines(server.url, 'builder/raw_output.jsonl', [note('held')]);
    await untilLines(server.url, PLANNER, [note('one'), note('two')]);
    await watch.stop();
    const chunks = await readLog(server.url, '&type=agent_output_chunk');
    const second = chunks.find(({ data }) => String(data.content).includes('two'));
    expect(second?.data.timing).toBe('observed');
    expect(Date.parse(String(second?.data.timestamp))).toBeLessThan(ahead);
  });
});

describe('with file system events', () => {
  it('growth that a poll finds before its event has come is no sign that there are none', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const roles = Array.from({ length: 8 }, (_, n) => `helper-${n}`);
    const paths = roles.map(role => bed.write(bed.stream(role), `${note('one')}\n`));
    const watch = bed.watch();
    for (const role of roles) await untilLines(server.url, `${role}/raw_output.jsonl`, [note('one')]);
    for (const [n, path] of paths.entries()) {
      appendFileSync(path, `${note('two')}\n`);
      // Holds the loop up until a poll is due: it comes before the event is read.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * bed.options().pollMs);
      await untilLines(server.url, `${roles[n]}/raw_output.jsonl`, [note('one'), note('two')]);
    }
    await watch.stop();
    expect(bed.warnings).toEqual([]);
  });
});
