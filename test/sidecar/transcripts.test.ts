import { appendFileSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../src/event/schema.ts';
import { observeAdw } from '../../src/sidecar/pipeline.ts';
import { summaryOfEvents } from '../support/run-of-lines.ts';
import { until } from '../support/until.ts';
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

  it('comes once where it is read before the line that launches it', async () => {
    const bed = makeBed('http://127.0.0.1:9');
    const main = bed.write(bed.stream('sdlc_implementor'), `${JSON.stringify(init())}\n`);
    bed.write(bed.stream('sdlc_implementor', 's-1/subagents/agent-a1f.jsonl'), text(transcript));
    const told: NewEvent[] = [];
    const stopped = new AbortController();
    const watch = observeAdw({
      ...bed.options({ follow: true, timeoutMs: Infinity, signal: stopped.signal }),
      onEvents: events => void told.push(...events),
    });
    await until('the transcript was read', () => dataOf(told, 'text_block').length > 0);
    const launch = {
      type: 'system',
      subtype: 'task_started',
      task_id: 'a1f',
      tool_use_id: 'toolu_A',
      session_id: 's-1',
    };
    appendFileSync(main, text([...stream.slice(1, 2), launch, ...stream.slice(2)]));
    await until('the rest was', () => dataOf(told, 'tool_use_post').some(({ tool_use_id: id }) => id === 'toolu_A'));
    stopped.abort();
    await watch;
    const summary = summaryOfEvents(told);
    expect(summary.totals).toMatchObject({ tools: 3, input_tokens: 300, output_tokens: 60 });
    expect(summary.roles.map(({ attempts }) => attempts.map(({ tasks }) => tasks))).toMatchObject([
      [
        [
          {
            task_id: 'a1f',
            tool_use_id: 'toolu_A',
            subagent_type: 'Explore',
            tools: 2,
            total_tokens: 360,
            state: 'completed',
          },
        ],
      ],
    ]);
  });

  it('says who it is by the file beside it, where the stream has nothing of it', async () => {
    const bed = makeBed('http://127.0.0.1:9');
    const meta = {
      agentType: 'Explore',
      description: 'Look around',
      toolUseId: 'toolu_A',
      spawnDepth: 1,
      requestShape: 'background',
    };
    bed.write(bed.stream('sdlc_implementor', 's-1/subagents/agent-a1f.jsonl'), text(transcript));
    const beside = bed.write(bed.stream('sdlc_implementor', 's-1/subagents/agent-a1f.meta.json'), JSON.stringify(meta));
    utimesSync(beside, new Date(0), new Date(0));
    const told: NewEvent[] = [];
    await observeAdw({ ...bed.options(), onEvents: events => void told.push(...events) });
    expect(summaryOfEvents(told).roles).toMatchObject([
      {
        attempts: [
          {
            tasks: [
              {
                ...{ task_id: 'a1f', tool_use_id: 'toolu_A', subagent_type: 'Explore', description: 'Look around' },
                ...{ is_background: true, tools: 2, started_at: '2026-09-01T12:00:00.000Z' },
              },
            ],
          },
        ],
      },
    ]);
    expect(dataOf(told, 'artifact').map(({ path }) => path)).toContain(
      'sdlc_implementor/s-1/subagents/agent-a1f.meta.json',
    );
  });

  it('belongs to the role of its session where that lies beside the roles, and makes no role of its own', async () => {
    const bed = makeBed('http://127.0.0.1:9');
    const session = '11111111-1111-4111-8111-111111111111';
    const ofSession = (line: object) => ({
      ...line,
      ...('sessionId' in line ? { sessionId: session } : { session_id: session }),
    });
    bed.write(bed.stream('sdlc_implementor'), text(stream.map(ofSession)));
    bed.write(bed.stream(session, 'subagents/agent-a1f.jsonl'), text(transcript.map(ofSession)));
    const told: NewEvent[] = [];
    await observeAdw({ ...bed.options(), onEvents: events => void told.push(...events) });
    const { totals, roles } = summaryOfEvents(told);
    expect(totals).toMatchObject({ tools: 3, input_tokens: 300 });
    expect(roles.map(({ role, attempts }) => [role, attempts.length])).toEqual([['sdlc_implementor', 1]]);
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
