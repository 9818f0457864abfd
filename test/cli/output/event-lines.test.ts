import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/output/cells.ts';
import { createEventLines } from '../../../src/cli/output/event-lines.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import { anyCharacter } from '../../support/any-character.ts';

const base = { adw_id: '1a2b3c4d', agent_role: 'sdlc_implementor', timestamp: '2026-01-01T12:03:04.000Z' };

function linesOf(events: readonly NewEvent[], options: { width?: number; detail?: 'full' | 'minimal' } = {}): string[] {
  const writer = createEventLines({
    paint: (_style, text) => text,
    width: options.width ?? Number.POSITIVE_INFINITY,
    detail: options.detail ?? 'full',
    times: false,
  });
  return events.flatMap(event => writer.lines(event));
}

const call = (id: string, command: string): NewEvent => ({
  type: 'tool_use_pre',
  data: { ...base, tool_name: 'Bash', tool_use_id: id, input: { command } },
});
const result = (id: string, fields: object): NewEvent => ({
  type: 'tool_use_post',
  data: { ...base, tool_name: 'Bash', tool_use_id: id, success: true, status: 'success', ...fields },
});

describe('a tool call', () => {
  test('is one line with its key argument and duration, when its result is there', () => {
    expect(linesOf([call('1', 'npm test'), result('1', { duration_ms: 3_200 })])).toEqual([
      'sdlc_implementor   │ ✓ Bash npm test 3.2s',
    ]);
  });

  test('that failed shows the first line of its error below', () => {
    const failed = result('1', { success: false, status: 'error', error: 'exit code 1\nmore' });
    expect(linesOf([call('1', 'false'), failed])).toEqual([
      'sdlc_implementor   │ ✗ Bash false',
      'sdlc_implementor   │   exit code 1',
    ]);
  });

  test('names files relative to the directory of its agent, and carriage returns glue nothing together', () => {
    const started: NewEvent = { type: 'session_started', data: { ...base, cwd: '/home/dev/my shop' } };
    const read: NewEvent = {
      type: 'tool_use_pre',
      data: { ...base, tool_name: 'Read', tool_use_id: '1', input: { file_path: '/home/dev/my shop/src/a file.ts' } },
    };
    const done: NewEvent = {
      type: 'tool_use_post',
      data: { ...base, tool_name: 'Read', tool_use_id: '1', success: false, status: 'error', error: '10 %\rno\r\n' },
    };
    expect(linesOf([started, read, done]).slice(1)).toEqual([
      'sdlc_implementor   │ ✗ Read src/a file.ts',
      'sdlc_implementor   │   10 % no',
    ]);
  });

  test('of a session that begins names its program', () => {
    const started = { ...base, agent: 'Pi', agent_version: '1.6.0', model: 'm' };
    expect(linesOf([{ type: 'session_started', data: started }])).toEqual([
      'sdlc_implementor   │ · session started (Pi 1.6.0, m)',
    ]);
  });

  test('that was taken back is no success', () => {
    expect(linesOf([call('1', 'rm -rf build'), result('1', { status: 'retracted', output: '' })])).toEqual([
      'sdlc_implementor   │ · Bash rm -rf build was taken back',
    ]);
  });

  test('is told apart from others that are open by its id alone', () => {
    const lines = linesOf([call('1', 'one'), call('2', 'two'), result('2', {}), result('1', {})]);
    expect(lines.map(line => line.slice(-3))).toEqual(['two', 'one']);
  });
});

describe('what is said', () => {
  test('markdown is shown plainly, and long texts are cut', () => {
    const content = `# Title\n\nSome **bold** and \`code\`.\n- item\n${'line\n'.repeat(40)}`;
    const lines = linesOf([{ type: 'text_block', data: { ...base, content } }]);
    expect(lines[0]).toBe('sdlc_implementor   │ ● Title');
    expect(lines).toContain('sdlc_implementor   │   Some bold and code.');
    expect(lines).toContain('sdlc_implementor   │   • item');
    expect(lines.at(-1)).toMatch(/… \d+ more lines$/);
  });

  test('a session’s end tells outcome, turns, time and cost', () => {
    const data = {
      ...base,
      subtype: 'success',
      is_error: false,
      num_turns: 12,
      duration_ms: 72_000,
      total_cost_usd: 1.84,
    };
    expect(linesOf([{ type: 'session_ended', data }])).toEqual(['sdlc_implementor   │ ■ done, 12 turns, 1:12, $1.84']);
  });

  test('a session that ended with an error has not succeeded, whatever its subtype says', () => {
    const data = { ...base, subtype: 'success', is_error: true, result: 'Credit balance is too low' };
    expect(linesOf([{ type: 'session_ended', data }])).toEqual([
      'sdlc_implementor   │ ■ failed',
      'sdlc_implementor   │   Credit balance is too low',
    ]);
  });

  test('raw chunks and usage say nothing', () => {
    expect(linesOf([{ type: 'agent_output_chunk', data: { ...base, content: 'x' } }])).toEqual([]);
  });
});

describe('minimal output', () => {
  test('keeps failures and changes of phase, and leaves the rest out', () => {
    const events: NewEvent[] = [
      result('1', {}),
      { type: 'thinking_block', data: { ...base, content: 'hm' } },
      { type: 'workflow_phase_transition', data: { ...base, phase_from: 'plan', phase_to: 'build' } },
      call('2', 'npm test'),
      result('2', { success: false, status: 'error', error: 'no' }),
    ];
    expect(linesOf(events, { detail: 'minimal' }).map(line => line.slice(21))).toEqual([
      '▶ plan → build',
      '✗ Bash npm test',
      '  no',
    ]);
  });
});

describe('any event', () => {
  const anything = fc.string({ unit: anyCharacter, maxLength: 300 });

  test('gives lines that fit the width and hold nothing a terminal obeys', () => {
    fc.assert(
      fc.property(anything, anything, fc.integer({ min: 24, max: 200 }), (a, b, width) => {
        const events: NewEvent[] = [
          { type: 'text_block', data: { ...base, agent_role: b, content: a } },
          { type: 'thinking_block', data: { ...base, content: a } },
          call(a, b),
          result(a, { success: false, error: b }),
          { type: 'agent_log', data: { ...base, level: b, message: a } },
          { type: 'malformed_line', data: { ...base, reason: a, bytes: 1, preview: b } },
          { type: 'session_ended', data: { ...base, subtype: a, is_error: true, result: b } },
        ];
        for (const line of linesOf(events, { width })) {
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          expect(widthOf(line)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});

describe('on a narrow terminal', () => {
  test.each([44, 60, 80, 200])('names give way before words do, and no line is wider than %i cells', width => {
    const path = 'reviewer/review_img/with/a/long/way/to/01_light_mode.png';
    const lines = linesOf(
      [
        call('1', 'npm run '.repeat(40)),
        result('1', { success: false, error: 'no '.repeat(80) }),
        { type: 'text_block', data: { ...base, content: 'word '.repeat(80) } },
        { type: 'screenshot_available', data: { ...base, screenshot_path: path } },
      ],
      { width },
    );
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(lines.at(-1)).toMatch(/light_mode\.png$/);
    expect(lines[0]?.indexOf('│')).toBe(width >= 80 ? 19 : Math.floor(width * 0.225) + 1);
  });
});
