import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../../src/event/columns.ts';
import { stageFolder } from '../../../../src/server/api/reference/stage-folders.ts';
import { stageLogEntry, toldEntries } from '../../../../src/server/api/reference/stage-log.ts';

const entry = (data: unknown) => stageLogEntry(JSON.stringify(data), '2026-01-01T00:00:00.000Z');
const assistant = (...content: unknown[]) => entry({ type: 'assistant', message: { model: 'm', content } });

describe('an entry of a stage log', () => {
  it('says what an assistant says', () => {
    expect(assistant({ type: 'text', text: 'a' }, { type: 'text', text: 'b' })).toMatchObject({
      entry_type: 'assistant',
      subtype: 'text',
      level: 'INFO',
      message: 'a b',
      model: 'm',
      timestamp: '2026-01-01T00:00:00.000Z',
    });
  });

  it('names the tool and its input', () => {
    expect(assistant({ type: 'tool_use', name: 'Bash', input: { command: 'ls' } })).toMatchObject({
      subtype: 'tool_use',
      message: '[Tool: Bash]',
      tool_name: 'Bash',
      tool_input: { command: 'ls' },
    });
  });

  it('takes its subtype by the priority of its content, its own first', () => {
    expect(assistant({ type: 'text', text: 'a' }, { type: 'thinking', thinking: 't' }).subtype).toBe('thinking');
    expect(entry({ type: 'system', subtype: 'init' })).toMatchObject({ subtype: 'init', message: '[system] - init' });
  });

  it('tells a result that failed from one that did not, whatever its subtype says', () => {
    expect(entry({ type: 'result', subtype: 'success', result: 'done' })).toMatchObject({
      level: 'SUCCESS',
      message: 'done',
    });
    expect(entry({ type: 'result', subtype: 'success', is_error: true }).level).toBe('ERROR');
    expect(entry({ type: 'result', subtype: 'error_max_turns' }).level).toBe('ERROR');
  });

  it('keeps a line that is not JSON', () => {
    expect(stageLogEntry('{"half', null)).toMatchObject({
      level: 'INFO',
      message: '{"half',
      raw_data: { raw_line: '{"half' },
    });
  });

  it('is text of a line that is nested too deeply to be written again', () => {
    const line = `{"type":"user","message":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const deep = stageLogEntry(line, null);
    expect(deep.raw_data).toEqual({ parse_error: 'nested too deeply', raw_line: line });
    expect(JSON.stringify(deep)).toContain('nested too deeply');
    expect(stageLogEntry(`{"type":"user","message":${'['.repeat(400)}${']'.repeat(400)}}`, null).entry_type).toBe(
      'user',
    );
  });

  it('is made of any line without throwing', () => {
    fc.assert(fc.property(fc.json(), line => typeof stageLogEntry(line, null).message === 'string'));
    fc.assert(fc.property(fc.string(), line => typeof stageLogEntry(line, null).message === 'string'));
  });
});

describe('an entry of another program’s line', () => {
  it.each([
    ['session_ended', { is_error: false, subtype: 'success' }, 'SUCCESS'],
    ['session_ended', { is_error: true, subtype: 'success' }, 'ERROR'],
    ['session_ended', { is_error: false, subtype: 'error_max_turns' }, 'ERROR'],
    ['tool_use_post', { success: true, status: 'success' }, 'INFO'],
    ['tool_use_post', { success: false, status: 'error' }, 'ERROR'],
    ['tool_use_post', { success: true, status: 'error' }, 'ERROR'],
    ['tool_use_post', { success: false, status: 'retracted' }, 'INFO'],
    ['text_block', { is_error: true }, 'INFO'],
  ])('of %s %o has the level %s: it failed where the event did', (type, data, level) => {
    expect(toldEntries('{}', [{ ...data, type }])).toMatchObject([{ level }]);
    expect(level === 'ERROR').toBe(columnsOf(type, data).status === 'error');
  });
});

describe('the folder of a stage', () => {
  it('is the first of its names that exists', () => {
    expect(stageFolder('plan', ['planner', 'sdlc_planner'])).toBe('sdlc_planner');
    expect(stageFolder('plan', ['planner'])).toBe('planner');
    expect(stageFolder('test', ['test_resolver_iter1_0', 'e2e_test_runner_2_0'])).toBe('e2e_test_runner_2_0');
    expect(stageFolder('document', ['sdlc_planner'])).toBeUndefined();
  });
});
