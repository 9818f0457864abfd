import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../src/event/schema.ts';
import { observeAdw } from '../../src/sidecar/pipeline.ts';
import { summaryOfEvents } from '../support/run-of-lines.ts';
import { makeBed } from './bed.ts';
import { assistant, dataOf, init, toolResult, toolUse } from './parse/feed.ts';

const USED = { input_tokens: 100, output_tokens: 20 };
const MODEL = { model: 'claude-opus-4-6', usage: USED };
const call = (id: string, command: string, line: object) =>
  assistant([{ type: 'tool_use', id, name: 'Bash', input: { command } }], { ...MODEL, id: `msg_${id}` }, line);

/** A line of the stream as the transcript of the sub-agent has it. */
const kept = ({ session_id: sessionId, parent_tool_use_id: _, ...line }: Record<string, unknown>) => ({
  ...line,
  ...{ isSidechain: true, agentId: 'a1f', sessionId, timestamp: '2026-09-01T12:00:00.000Z' },
});

const ofAgent = { parent_tool_use_id: 'toolu_A', agent_id: 'a1f' };
const shared = [call('t1', 'ls', ofAgent), toolResult('t1', 'a', {}, ofAgent)];
const stream = [
  init(),
  toolUse('toolu_A', 'Agent', { subagent_type: 'Explore', description: 'Look around' }),
  ...shared,
  toolResult('toolu_A', 'done', {}, { tool_use_result: { status: 'completed', agentId: 'a1f' } }),
];
const transcript = [
  { ...kept({}), type: 'user', message: { role: 'user', content: 'Look around in src' } },
  { ...kept({}), type: 'attachment' },
  ...shared.map(kept),
  kept(call('t2', 'cat a', {})),
  kept(toolResult('t2', 'text')),
  kept(assistant([{ type: 'text', text: 'One file.' }], { ...MODEL, id: 'msg_3' })),
];
const text = (lines: readonly object[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('');

describe('the transcript of a sub-agent', () => {
  it("is a stream: what its role's stream has of it too is told once, under the call that launched it", async () => {
    const bed = makeBed('http://127.0.0.1:9');
    const main = bed.write(bed.stream('sdlc_implementor'), text(stream));
    bed.write(bed.stream('sdlc_implementor', 's-1/subagents/agent-a1f.jsonl'), text(transcript));
    bed.write(bed.stream('sdlc_implementor', 's-1/subagents/agent-a1f.meta.json'), '{}');
    // The agent ends before its role does.
    utimesSync(main, new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
    const told: NewEvent[] = [];
    await observeAdw({ ...bed.options(), onEvents: events => void told.push(...events) });
    expect(dataOf(told, 'tool_use_pre').map(({ tool_use_id: id }) => id)).toEqual(['toolu_A', 't1', 't2']);
    expect(dataOf(told, 'tool_use_post').map(({ tool_use_id: id }) => id)).toEqual(['t1', 'toolu_A', 't2']);
    expect(dataOf(told, 'text_block')).toMatchObject([{ content: 'One file.', parent_tool_use_id: 'toolu_A' }]);
    expect(dataOf(told, 'agent_log').filter(({ level }) => level === 'WARNING')).toEqual([]);
    const summary = summaryOfEvents(told);
    expect(summary.totals).toMatchObject({ tools: 3, tool_errors: 0, input_tokens: 300, output_tokens: 60 });
    expect(summary.roles).toMatchObject([
      { attempts: [{ tasks: [{ subagent_type: 'Explore', tools: 2, total_tokens: 360 }] }] },
    ]);
    expect(summary.roles[0]?.attempts[0]?.tasks).toHaveLength(1);
  });

  it('is told whole where the stream has none of its lines', async () => {
    const bed = makeBed('http://127.0.0.1:9');
    bed.write(bed.stream('sdlc_implementor', 'subagents/agent-a1f.jsonl'), text(transcript));
    const told: NewEvent[] = [];
    await observeAdw({ ...bed.options(), onEvents: events => void told.push(...events) });
    expect(summaryOfEvents(told)).toMatchObject({
      totals: { tools: 2, input_tokens: 300 },
      roles: [{ role: 'sdlc_implementor', attempts: [{ tasks: [{ tools: 2, total_tokens: 360 }] }] }],
    });
  });
});
