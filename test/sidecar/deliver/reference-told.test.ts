import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import { isSentByMonitor, mayMoveCard } from '../../../src/sidecar/deliver/reference-told.ts';
import { Transport } from '../../../src/sidecar/deliver/transport.ts';
import { type Reply, startScriptedServer } from './scripted-server.ts';

const adw_id = 'abcd1234';
const event = (type: string, path: string, fields: Readonly<Record<string, unknown>> = {}) =>
  ({ type, data: { adw_id, source: { path }, ...fields } }) as unknown as NewEvent;
const LINES = 'builder/raw_output.jsonl';

describe('what the reference’s own monitor sends', () => {
  it.each([
    event('text_block', LINES),
    event('thinking_block', LINES),
    event('tool_use_pre', LINES, { tool_use_id: 'toolu_1' }),
    event('tool_use_post', LINES, { tool_use_id: 'toolu_1' }),
    event('agent_log', LINES, { event_type: 'session_started' }),
    event('agent_log', LINES, { event_type: 'system/hook_response' }),
    event('agent_log', 'adw_plan_iso/execution.log', { event_type: 'execution_log' }),
    event('agent_updated', 'adw_state.json'),
    event('screenshot_available', '', { screenshot_path: 'reviewer/review_img/a.png' }),
    event('spec_created', '', { spec_path: 'specs/a.md' }),
  ])('is known: $type', one => {
    expect(isSentByMonitor(one)).toBe(true);
  });

  it.each([
    ['files that it does not read', event('text_block', 'trees/a/agents/abcd1234/builder/raw_output.jsonl')],
    ['files of another name', event('text_block', 'builder/cc_raw_output.jsonl')],
    ['tools that the API itself runs', event('tool_use_pre', LINES, { tool_use_id: 'srvtoolu_1' })],
    ['other programs’ lines', event('text_block', LINES, { agent: 'OpenCode' })],
    ['other programs’ sessions', event('agent_log', LINES, { agent: 'Pi', event_type: 'session_started' })],
    ['raw lines', event('agent_output_chunk', LINES)],
    ['todos', event('todo_update', LINES)],
    ['how a session ended', event('agent_log', LINES, { event_type: 'session_ended' })],
    ['changed files', event('file_changed', LINES)],
    ['webp', event('screenshot_available', '', { screenshot_path: 'reviewer/review_img/a.webp' })],
    ['specs further down', event('spec_created', '', { spec_path: 'specs/patch/a.md' })],
  ])('has nothing of %s', (_what, one) => {
    expect(isSentByMonitor(one)).toBe(false);
  });
});

describe('a card', () => {
  const mayMove = async (reply: Reply, to_stage = 'build', timing = 'observed') => {
    const { url } = await startScriptedServer(() => reply);
    const { signal } = new AbortController();
    const transport = new Transport({
      ...{ server: url, token: undefined, timeoutMs: 60_000 },
      ...{ connections: 1, signal, log: silentLogger },
    });
    onTestFinished(() => transport.close());
    return mayMoveCard(event('stage_transition', '', { to_stage, timing }), transport);
  };
  const at = (current_stage: string | null): Reply => ({ status: 200, body: { current_stage } });

  it('is moved forwards from where its board has it, or where it has none', async () => {
    for (const reply of [at('plan'), at('backlog'), at(null), { status: 404, body: { error: 'not found' } }])
      expect(await mayMove(reply)).toBe(true);
  });

  it('is not moved backwards, nor away from an error or a stage that we do not know, nor where that cannot be asked', async () => {
    for (const stage of ['build', 'test', 'ready-to-merge', 'pr', 'completed', 'errored', 'clarify'])
      expect([stage, await mayMove(at(stage))]).toEqual([stage, false]);
    for (const reply of ['hang-up', { status: 500, body: {} }, { status: 200, text: '<p>' }] satisfies Reply[])
      expect(await mayMove(reply)).toBe(false);
  });

  it('is not moved by what was there before', async () => {
    for (const timing of ['estimated', 'unknown', 'exact'])
      expect(await mayMove(at('plan'), 'build', timing)).toBe(false);
  });
});
