import { describe, expect, it } from 'vitest';
import { endOfFile, firstStampIn, formatOf, mayNameTime } from '../../../../src/sidecar/parse/formats/registry.ts';
import { assistant, init, linesOf, parseAll, result, toolResult } from '../feed.ts';

describe('the format of lines', () => {
  it('is recognised by what only its program writes', () => {
    for (const line of [init(), assistant([]), toolResult('t', 'done'), result()]) {
      expect(formatOf(line)?.name).toBe('Claude Code');
    }
    for (const type of ['thread.started', 'turn.completed', 'item.updated'])
      expect(formatOf({ type })?.name).toBe('Codex');
    const session = { type: 'session', version: 3, id: 's-1', cwd: '/srv/shop' };
    for (const line of [session, { type: 'agent_start' }, { type: 'message_end', message: { role: 'user' } }]) {
      expect(formatOf(line)?.name).toBe('Pi');
    }
    for (const line of [{}, { type: 'session' }, { type: 'result', status: 'success' }, { type: 'user', text: 'hi' }]) {
      expect(formatOf(line)).toBeUndefined();
    }
  });

  it('is kept from line to line, whatever stands before the first that is recognised', () => {
    const lines = linesOf(
      { type: 'never_seen' },
      init(),
      { type: 'seen_never' },
      assistant([{ type: 'text', text: 'a' }]),
    );
    const parsed = parseAll(lines);
    expect(parsed.map(({ events }) => events.map(({ type }) => type).filter(type => type !== 'agent_log'))).toEqual([
      ['attempt_started'],
      ['session_started'],
      [],
      ['text_block'],
    ]);
    expect(parsed[3]?.events[0]?.data.session_id).toBe('s-1');
  });

  it('names times by the words it gives: a line without them is not parsed for one', () => {
    const at = { ms: Date.UTC(2026, 0, 1), text: '2026-01-01T00:00:00.000Z' };
    const message = { role: 'assistant', timestamp: at.ms, durationMs: 5 };
    const lines = {
      'Claude Code': assistant([], {}, { timestamp: at.text }),
      'Gemini CLI': { type: 'result', timestamp: at.text, status: 'success', stats: { duration_ms: 7 } },
      OpenCode: { type: 'text', timestamp: at.ms, sessionID: 's-1', part: {} },
      Pi: { type: 'agent_end', messages: [message] },
    };
    for (const [name, line] of Object.entries(lines)) {
      const bytes = Buffer.from(JSON.stringify(line));
      expect([formatOf(line)?.name, mayNameTime(bytes)]).toEqual([name, true]);
      expect(firstStampIn(bytes), name).toBeDefined();
    }
    for (const end of [result({ duration_ms: 3 }), lines['Gemini CLI'], lines.Pi]) {
      expect(endOfFile({ bytes: Buffer.from(JSON.stringify(end)), offset: 0 }).sessionMs).toBeDefined();
    }
    expect(mayNameTime('{"type":"turn.completed","at":"2026-01-01T00:00:00Z"}')).toBe(false);
  });

  it('says of its end how long the last session took, and the last time that a line names', () => {
    const stamped = assistant([], {}, { timestamp: '2026-01-01T00:00:09Z' });
    const end = [stamped, result({ duration_ms: 1_000 }), result({ duration_ms: 2_000 }), { type: 'turn.completed' }];
    const tail = Buffer.from(`cut off"}\n${end.map(line => JSON.stringify(line)).join('\n')}\n`);
    const lastLineBytes = JSON.stringify(end.at(-1)).length + 1;
    expect(endOfFile({ bytes: tail, offset: 0 })).toEqual({
      sessionMs: 2_000,
      stampMs: Date.UTC(2026, 0, 1, 0, 0, 9),
      lastLineBytes,
    });
    const glued = Buffer.from(end.map(line => JSON.stringify(line)).join(''));
    expect(endOfFile({ bytes: glued, offset: 0 })).toEqual({
      ...endOfFile({ bytes: tail, offset: 0 }),
      lastLineBytes: glued.length,
    });
  });
});
