import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../../src/event/id.ts';
import type { EventTime } from '../../../../src/sidecar/flow.ts';
import { createExecutionLogParser } from '../../../../src/sidecar/parse/files/execution-log.ts';
import { createRedactor } from '../../../../src/sidecar/parse/redact.ts';
import { heapInUse } from '../../../support/memory.ts';
import { dataOf, GENERATION, linesOf } from '../feed.ts';

const COLD: EventTime = { ms: 0, timing: 'estimated' };
const LINES = [
  '2026-01-02 03:04:05 - INFO - Request:',
  '{',
  '  "a": 1',
  '}',
  '2026-01-02 03:04:06,500 - ERROR - It failed',
  'I, [2026-02-24T22:43:19.282838 #9907]  INFO -- : ADW ID: 1a2b3c4d',
  'W, [2026-02-24T22:43:20.000000 #9907]  WARN -- : careful',
] as const;

function read(lines: readonly string[], time: EventTime = COLD) {
  const redact = createRedactor({ patterns: {} });
  const parser = createExecutionLogParser({ generation: GENERATION, phase: 'plan', redact });
  const parsed = linesOf(...lines).map(line => parser.parse(line, time));
  return {
    parsed,
    logs: dataOf([...parsed.flatMap(line => line.events), ...parser.flush().events], 'agent_log'),
    parser,
  };
}

describe('an execution log', () => {
  it('makes one agent_log of an entry with the lines that continue it', () => {
    expect(read(LINES).logs.map(log => [log.level, log.message])).toEqual([
      ['INFO', 'Request:\n{\n  "a": 1\n}'],
      ['ERROR', 'It failed'],
      ['INFO', 'ADW ID: 1a2b3c4d'],
      ['WARNING', 'careful'],
    ]);
  });

  it('begins an entry also with a header that has its text on the next line', () => {
    const header = 'I, [2026-02-24T22:43:48.962038 #9907]  INFO -- : ';
    expect(read([LINES[5], header, '=== Committing plan ===']).logs.map(log => log.message)).toEqual([
      'ADW ID: 1a2b3c4d',
      '=== Committing plan ===',
    ]);
  });

  it('gives an entry out when the next begins, with its place in the file', () => {
    const { parsed } = read(LINES);
    expect(parsed.map(line => line.events.length)).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(parsed[4]?.events[0]?.data.source).toMatchObject({
      line: 1,
      offset: 0,
      length: LINES.slice(0, 4).join('\n').length + 1,
    });
  });

  it('keeps the beginnings of the messages it counts, not the messages', () => {
    const parser = createExecutionLogParser({ generation: GENERATION, phase: 'plan', redact: undefined });
    const [line] = linesOf('');
    const before = heapInUse();
    for (let n = 0; n < 400; n++) {
      const text = `2026-01-02 03:04:05 - INFO - ${n}${' word'.repeat(10_000)}`;
      parser.parse({ ...line!, bytes: Buffer.from(text) }, COLD);
    }
    expect(heapInUse() - before).toBeLessThan(2 * 1024 * 1024);
    expect(parser.flush().events).toHaveLength(2);
  });

  it('keeps what an event has no room for as an artifact, without its secrets, and the hash of the bytes on disk', () => {
    const key = `sk-ant-api03-${'a1B2'.repeat(24)}-${'x'.repeat(6)}AA`;
    const lines = ['2026-01-02 03:04:05 - DEBUG - Response:', 'word '.repeat(1_000), `key ${key}`, 'the end'];
    const parser = createExecutionLogParser({
      generation: GENERATION,
      phase: 'plan',
      redact: createRedactor({ patterns: {} }),
    });
    for (const line of linesOf(...lines)) expect(parser.parse(line, COLD).artifacts).toEqual([]);
    const { events, artifacts } = parser.flush();
    const [log] = dataOf(events, 'agent_log');
    expect(log).toMatchObject({ truncated: true, lines: 4, artifact: artifacts[0]?.path });
    expect(log?.sha256).toBe(sha256Hex(`${lines.join('\n')}\n`));
    expect(dataOf(events, 'artifact')).toMatchObject([{ path: artifacts[0]?.path, sha256: artifacts[0]?.sha256 }]);
    const text = Buffer.from(artifacts[0]?.bytes ?? '').toString();
    expect(text).toMatch(/^Response:\nword .*\nthe end$/s);
    expect(text).not.toContain(key);
  });

  it('tells what goes on without an entry in parts, and loses nothing', () => {
    const lines = Array.from({ length: 40 }, (_, n) => `${n} ${'x'.repeat(60_000)}`);
    const parser = createExecutionLogParser({ generation: GENERATION, phase: 'plan', redact: undefined });
    const parsed = linesOf('2026-01-02 03:04:05 - ERROR - Dump:', ...lines).map(line => parser.parse(line, COLD));
    const all = [...parsed, parser.flush()];
    const logs = dataOf(
      all.flatMap(({ events }) => events),
      'agent_log',
    );
    expect(logs.map(({ level }) => level)).toEqual(['ERROR', 'ERROR', 'ERROR']);
    const text = all.flatMap(({ artifacts }) => artifacts.map(({ bytes }) => Buffer.from(bytes).toString())).join('\n');
    expect(text).toBe(['Dump:', ...lines].join('\n'));
  });

  it('gives the same ids whenever it is read', () => {
    const ids = read(LINES).logs.map(log => log.event_id);
    expect(read(LINES).logs.map(log => log.event_id)).toEqual(ids);
    expect(new Set(ids).size).toBe(4);
  });

  it('calls its local times estimated, and prefers an observed arrival', () => {
    const local = new Date(2026, 0, 2, 3, 4, 6, 500).toISOString();
    expect(read(LINES, { ms: 7_000, timing: 'unknown' }).logs[1]).toMatchObject({
      timestamp: local,
      timing: 'estimated',
      logged_at: '2026-01-02 03:04:06',
      file_written_at: '1970-01-01T00:00:07.000Z',
    });
    expect(read(LINES, { ms: 5_000, timing: 'observed' }).logs[1]).toMatchObject({
      timestamp: '1970-01-01T00:00:05.000Z',
      timing: 'observed',
    });
  });

  it('keeps lines before the first entry and after the last', () => {
    const { parser, logs } = read(['Traceback (most recent call last):', '  File "a.py"']);
    expect(logs.map(log => log.message)).toEqual(['Traceback (most recent call last):\n  File "a.py"']);
    expect(parser.flush().events).toEqual([]);
  });

  it('takes a private key out of lines that follow each other', () => {
    const begin = ['-----BEGIN PRIVATE', 'KEY-----'].join(' ');
    const { parsed, logs } = read([
      '2026-01-02 03:04:05 - DEBUG - key',
      begin,
      'c2VjcmV0',
      begin.replace('BEGIN', 'END'),
      'after',
    ]);
    expect(parsed.map(line => line.content).join('\n')).not.toContain('c2VjcmV0');
    expect(logs[0]?.message).toMatch(/after$/);
  });
});
