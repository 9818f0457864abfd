import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_INLINE_BYTES_MAX } from '../../../src/event/limits.ts';
import { parseEvent } from '../../../src/event/parse-event.ts';
import { endOfFile } from '../../../src/sidecar/parse/formats/registry.ts';
import { createLineParser } from '../../../src/sidecar/parse/line-parser.ts';
import { createRedactor } from '../../../src/sidecar/parse/redact.ts';
import { splitLines } from '../../../src/sidecar/tail/split-lines.ts';
import { anyCharacter } from '../../support/any-character.ts';
import {
  arrivalOf,
  assistant,
  dataOf,
  eventsOf,
  GENERATION,
  init,
  linesOf,
  parseAll,
  result,
  toolResult,
  toolUse,
} from './feed.ts';

describe('every event of a line', () => {
  it('says where it comes from, of which session, and when it was seen', () => {
    const lines = linesOf(init(), assistant([{ type: 'text', text: 'Hello' }], {}, { parent_tool_use_id: 'toolu_9' }));
    const [text] = dataOf(
      parseAll(lines).flatMap(parsed => parsed.events),
      'text_block',
    );
    expect(text).toMatchObject({
      adw_id: '1a2b3c4d',
      agent_role: 'sdlc_implementor',
      phase: 'build',
      attempt: 1,
      session_id: 's-1',
      parent_tool_use_id: 'toolu_9',
      model: 'claude-test-1',
      timestamp: '2026-01-01T00:00:02.000Z',
      timing: 'observed',
      source: {
        path: GENERATION.path,
        fingerprint: 'f00d',
        line: 2,
        offset: lines[1]?.offset,
        length: lines[1]?.length,
      },
    });
  });

  it('takes the timestamp on the line where there is one', () => {
    const events = eventsOf({ ...init(), timestamp: '2026-02-03T04:05:06.789+01:00' });
    expect(dataOf(events, 'session_started')[0]).toMatchObject({
      timestamp: '2026-02-03T03:05:06.789Z',
      timing: 'exact',
    });
  });

  it('has an id of its own that is the same whenever the lines are fed again', () => {
    const lines = linesOf(
      init({
        mcp_servers: [
          { name: 'a', status: 'failed' },
          { name: 'b', status: 'failed' },
        ],
      }),
      assistant([
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ]),
      toolUse('t1', 'Bash', { command: 'ls' }),
      toolResult('t1', 'a.ts'),
      result(),
    );
    const ids = parseAll(lines).flatMap(parsed => parsed.events.map(event => event.data.event_id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(parseAll(lines)).toEqual(parseAll(lines));
  });

  it('gets another id in another file generation', () => {
    const lines = linesOf(init());
    const [first] = parseAll(lines)[0]?.events ?? [];
    const [second] = parseAll(lines, { generation: { ...GENERATION, fingerprint: 'beef' } })[0]?.events ?? [];
    expect(first?.data.event_id).not.toBe(second?.data.event_id);
  });
});

describe('the first line of a file generation', () => {
  it('begins with attempt_started, which declares what was lost', () => {
    const generation = { ...GENERATION, attempt: 3, reason: 'rewritten', lostBytes: 812 } as const;
    const [parsed, second] = parseAll(linesOf(init(), result()), { generation });
    expect(parsed?.events[0]).toMatchObject({
      type: 'attempt_started',
      data: { attempt: 3, reason: 'rewritten', lost_bytes: 812 },
    });
    expect(second?.events.map(event => event.type)).not.toContain('attempt_started');
  });

  it('begins with attempt_started even when it is blank or malformed', () => {
    expect(eventsOf('').map(event => event.type)).toEqual(['attempt_started']);
    expect(eventsOf('oops').map(event => event.type)).toEqual(['attempt_started', 'malformed_line']);
  });
});

describe('a line that is not clean JSON', () => {
  it('is malformed when there is no JSON in it, and travels as it is', () => {
    const [parsed] = parseAll(linesOf('Killed by signal 9'));
    expect(parsed).toMatchObject({ content: 'Killed by signal 9', changed: false });
    expect(dataOf(parsed?.events ?? [], 'malformed_line')).toMatchObject([
      { reason: 'not JSON', bytes: 18, preview: 'Killed by signal 9' },
    ]);
  });

  it('is parsed behind text that was glued in front of it, which is a note', () => {
    const events = eventsOf(`MCP server 'x' requires authentication...${JSON.stringify(init())}`);
    expect(dataOf(events, 'malformed_line')).toEqual([]);
    expect(dataOf(events, 'agent_log')[0]).toMatchObject({
      level: 'INFO',
      message: "MCP server 'x' requires authentication...",
      event_type: 'text_beside_record',
    });
    expect(dataOf(events, 'session_started')).toHaveLength(1);
  });

  it.each(['npm warn {config} is old\r', 'level=warn vars={a} {b}'])(
    'has a note in %j, not a part of a record',
    text => {
      const events = eventsOf(`${text}${JSON.stringify(init())}`);
      expect(dataOf(events, 'malformed_line')).toEqual([]);
      expect(dataOf(events, 'agent_log')[0]).toMatchObject({ message: text.trim() });
    },
  );

  it('is read record by record where there are several, each with its own time and agent', () => {
    const call = toolUse(
      't1',
      'Bash',
      { command: 'ls' },
      { timestamp: '2026-03-01T10:00:00Z', parent_tool_use_id: 't0' },
    );
    const answer = toolResult('t1', 'a', {}, { timestamp: '2026-03-01T10:00:02.500Z' });
    const glued = [call, answer, result()].map(record => JSON.stringify(record)).join('');
    const [, parsed] = parseAll(linesOf(init(), glued));
    expect(parsed).toMatchObject({ content: glued, changed: false, isResult: true });
    const events = parsed?.events ?? [];
    expect(dataOf(events, 'tool_use_pre')).toMatchObject([
      { tool_use_id: 't1', parent_tool_use_id: 't0', timestamp: '2026-03-01T10:00:00.000Z', timing: 'exact' },
    ]);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { tool_use_id: 't1', parent_tool_use_id: null, duration_ms: 2_500 },
    ]);
    expect(dataOf(events, 'session_ended')).toHaveLength(1);
    expect(new Set(events.map(({ data }) => data.event_id)).size).toBe(events.length);
  });

  it('is read behind half a record, which is told', () => {
    const half = JSON.stringify(assistant([{ type: 'text', text: 'a half re' }])).slice(0, -5);
    const events = eventsOf(init(), half + JSON.stringify(result()));
    expect(dataOf(events, 'malformed_line')).toMatchObject([{ reason: 'a part of a record', preview: half }]);
    expect(dataOf(events, 'text_block')).toEqual([]);
    expect(dataOf(events, 'session_ended')).toHaveLength(1);
  });

  it('is read around runs of NUL, each of which is one malformed line', () => {
    const nul = Buffer.alloc(600);
    const glued = Buffer.concat([Buffer.from(JSON.stringify(assistant([{ type: 'text', text: 'hi' }]))), nul]);
    const events = eventsOf(init(), nul, glued);
    expect(dataOf(events, 'malformed_line')).toMatchObject([{ bytes: 600 }, { bytes: 600 }]);
    expect(dataOf(events, 'text_block')).toHaveLength(1);
  });

  it.each(['utf-16le', 'utf-16be'] as const)('is read from %s, as PowerShell writes it, with its time', encoding => {
    const said = 'Grüße \u010a\u0a0a 上';
    const stamped = assistant([{ type: 'text', text: said }], {}, { timestamp: '2026-01-01T00:00:09Z' });
    const text = `\ufeff${[init(), stamped, result()].map(line => JSON.stringify(line)).join('\r\n')}\r\n`;
    const bytes = Buffer.from(text, 'utf16le');
    if (encoding === 'utf-16be') bytes.swap16();
    const lines = splitLines(bytes, { offset: 0, number: 1, encoding });
    const parsed = parseAll(lines);
    const events = parsed.flatMap(one => one.events);
    expect(dataOf(events, 'malformed_line')).toEqual([]);
    expect(dataOf(events, 'text_block')).toMatchObject([{ content: said, timing: 'exact' }]);
    expect(dataOf(events, 'session_ended')).toHaveLength(1);
    expect(dataOf(events, 'agent_log')[0]).toMatchObject({ level: 'INFO', event_type: 'encoding' });
    expect(parsed.every(({ changed }) => changed)).toBe(true);
    const parser = createLineParser({ generation: GENERATION, phase: 'build', redact: undefined });
    expect(lines.map(line => parser.stampOf(line))).toEqual([undefined, Date.UTC(2026, 0, 1, 0, 0, 9), undefined]);
    const end = endOfFile({ bytes, offset: 0, encoding });
    expect(end).toMatchObject({ sessionMs: 61_000, lastLineBytes: lines.at(-1)?.length });
  });

  it('says nothing when it is blank', () => {
    expect(eventsOf(init(), '', '   ', '\r').filter(event => event.data.source?.line !== 1)).toEqual([]);
  });

  it('is understood with a byte order mark, a carriage return or surrounding space, and keeps them', () => {
    for (const text of [
      `\ufeff${JSON.stringify(result())}`,
      `${JSON.stringify(result())}\r`,
      `  ${JSON.stringify(result())} `,
    ]) {
      const [parsed] = parseAll(linesOf(text));
      expect(parsed).toMatchObject({ content: text, changed: false, isResult: true });
    }
  });

  it('is marked as changed when its bytes are no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"type":"x","a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(parseAll(linesOf(bytes))[0]).toMatchObject({ changed: true, content: '{"type":"x","a":"\ufffd\ufffd"}' });
  });

  it('is understood behind the NUL bytes that a truncated file leaves', () => {
    const events = eventsOf(`\0\0\0${JSON.stringify(result())}`);
    expect(dataOf(events, 'session_ended')).toHaveLength(1);
    expect(dataOf(events, 'malformed_line')).toMatchObject([{ bytes: 3 }]);
  });
});

describe('a line that is not understood', () => {
  it('is named in a warning and never dropped', () => {
    const events = eventsOf(
      { type: 'frobnicate' },
      { no: 'type' },
      [1, 2],
      '42',
      { type: 'system', subtype: 'new_thing' },
      { type: 'assistant' },
    );
    const warnings = dataOf(events, 'agent_log');
    expect(warnings.map(log => log.level)).toEqual(Array(6).fill('WARNING'));
    expect(warnings[0]?.message).toContain('frobnicate');
    expect(warnings[4]?.message).toContain('new_thing');
  });

  it('travels raw without an event when it is only progress', () => {
    expect(eventsOf({ type: 'stream_event', event: {} }, { type: 'tool_progress' })).toHaveLength(1);
  });
});

describe('messages that repeat', () => {
  it('get a count, so that no reader takes them for the same one', () => {
    const retry = { type: 'system', subtype: 'api_retry', attempt: 3, max_retries: 10, retry_delay_ms: 8_000 };
    const messages = dataOf(eventsOf(retry, retry, retry), 'agent_log').map(log => log.message);
    expect(messages).toEqual(['API retry 3/10 in 8 s', 'API retry 3/10 in 8 s (2)', 'API retry 3/10 in 8 s (3)']);
  });
});

describe('a long line', () => {
  const long = toolResult('t1', 'x'.repeat(LINE_INLINE_BYTES_MAX));

  it('travels by reference, with the whole line as an artifact', () => {
    const [, parsed] = parseAll(linesOf(toolUse('t1', 'Bash', {}), long));
    const [artifact] = parsed?.artifacts ?? [];
    expect(artifact?.bytes.toString()).toBe(JSON.stringify(long));
    expect(JSON.parse(parsed?.content ?? '')).toMatchObject({
      sha256: artifact?.sha256,
      bytes: artifact?.bytes.length,
      artifact: artifact?.path,
    });
    expect(parsed?.changed).toBe(true);
    expect(dataOf(parsed?.events ?? [], 'artifact')).toMatchObject([
      { sha256: artifact?.sha256, url: `/api/v1/adws/1a2b3c4d/artifacts/${artifact?.path}` },
    ]);
  });

  it('still makes its typed events', () => {
    const events = eventsOf(toolUse('t1', 'Bash', {}), long);
    expect(dataOf(events, 'tool_use_post')).toMatchObject([
      { tool_name: 'Bash', truncated: true, full_size: LINE_INLINE_BYTES_MAX },
    ]);
  });

  it('is stored without its secrets', () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const redact = createRedactor({ patterns: {} });
    const [parsed] = parseAll(linesOf({ type: 'x', a: `${' '.repeat(LINE_INLINE_BYTES_MAX)}${secret}` }), { redact });
    expect(parsed?.artifacts[0]?.bytes.includes(secret)).toBe(false);
    expect(parsed?.redactions).toEqual({ 'github-token': 1 });
  });

  it('of more than 64 MiB becomes a marked stub and a malformed_line', () => {
    const [line] = linesOf('{"type":"user","message":"beginning of something huge');
    const [parsed] = parseAll([{ ...line!, length: 70_000_000, oversized: { sha256: 'abc' } }]);
    expect(JSON.parse(parsed?.content ?? '')).toMatchObject({
      type: 'adw_stream.oversized_line',
      sha256: 'abc',
      bytes: 70_000_000,
    });
    expect(dataOf(parsed?.events ?? [], 'malformed_line')).toMatchObject([
      { bytes: 70_000_000, reason: expect.stringContaining('64 MiB') },
    ]);
  });
});

describe('no input', () => {
  const anyLine = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map(bytes => Buffer.from(bytes)),
    fc.json(),
    fc.string({ unit: anyCharacter }),
    // Real members with values of any type in every place.
    fc
      .record(
        {
          type: fc.constantFrom(
            'assistant',
            'user',
            'system',
            'result',
            'rate_limit_event',
            'auth_status',
            'tool_use',
            7,
          ),
          subtype: fc.constantFrom(
            'init',
            'api_retry',
            'hook_response',
            'compact_boundary',
            'success',
            'toString',
            null,
          ),
          message: fc.oneof(
            fc.jsonValue(),
            fc.record({
              id: fc.constantFrom('m1', 'm2', 3),
              model: fc.jsonValue(),
              usage: fc.oneof(fc.jsonValue(), fc.record({ input_tokens: fc.oneof(fc.integer(), fc.jsonValue()) })),
              content: fc.array(
                fc.record(
                  {
                    type: fc.constantFrom('text', 'thinking', 'tool_use', 'tool_result', 'image', 'mystery', null),
                    text: fc.jsonValue(),
                    name: fc.constantFrom('Edit', 'Write', 'TodoWrite', 'TaskCreate', 'TaskUpdate', 4),
                    id: fc.constantFrom('t1', 't2', 5),
                    tool_use_id: fc.constantFrom('t1', 't2', 5),
                    input: fc.oneof(
                      fc.jsonValue(),
                      fc.record({ file_path: fc.string(), todos: fc.jsonValue(), edits: fc.jsonValue() }),
                    ),
                    content: fc.jsonValue(),
                    is_error: fc.jsonValue(),
                  },
                  { requiredKeys: ['type'] },
                ),
              ),
            }),
          ),
          tool_use_result: fc.oneof(
            fc.jsonValue(),
            fc.record({
              structuredPatch: fc.jsonValue(),
              newTodos: fc.jsonValue(),
              task: fc.jsonValue(),
              durationMs: fc.jsonValue(),
            }),
          ),
          timestamp: fc.oneof(
            fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
            fc.jsonValue(),
          ),
          session_id: fc.jsonValue(),
          errors: fc.jsonValue(),
          modelUsage: fc.jsonValue(),
          mcp_servers: fc.jsonValue(),
          tools: fc.jsonValue(),
        },
        { requiredKeys: ['type'] },
      )
      .map(line => JSON.stringify(line)),
  );

  it('makes the parser throw or give an event that the schemas refuse', () => {
    const redact = createRedactor({ patterns: {} });
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 8 }), contents => {
        for (const parsed of parseAll(linesOf(...contents), {
          redact,
          home: '/home/dev',
        })) {
          for (const event of parsed.events) {
            const answer = parseEvent(JSON.parse(JSON.stringify(event)));
            expect(answer.ok ? 'accepted' : `${event.type} ${answer.path}: ${answer.error}`).toBe('accepted');
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is nested too deeply', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const events = eventsOf(
      `{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t","name":"X","input":{"a":${deep}}}]}}`,
    );
    expect(JSON.stringify(dataOf(events, 'tool_use_pre')[0]?.input).length).toBeLessThan(200);
    expect(eventsOf(deep)).toHaveLength(2);
  });

  it('can set a prototype', () => {
    const events = eventsOf(
      '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t","name":"X","input":{"__proto__":{"admin":true}}}]}}',
    );
    expect(dataOf(events, 'tool_use_pre')[0]?.input).not.toHaveProperty('admin');
  });
});

describe('the arrival of a line', () => {
  it('is what its events show without a timestamp', () => {
    expect(dataOf(eventsOf('', init()), 'session_started')[0]?.timestamp).toBe(new Date(arrivalOf(2).ms).toISOString());
  });
});
