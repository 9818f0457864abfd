import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import type { NewEvent } from '../../src/event/schema.ts';
import { observeAdw } from '../../src/sidecar/pipeline.ts';
import { summaryOfEvents } from '../support/run-of-lines.ts';
import { ID, makeBed } from './bed.ts';
import { assistant, dataOf, init, result, toolResult, toolUse } from './parse/feed.ts';

/** What users of agents and of their logs have reported: each a run's files, and what is right of it when it is read cold. */
interface Case {
  readonly it: string;
  /** By path below the ADW's directory. Lines are objects, or texts and bytes as they are. */
  readonly files: Readonly<Record<string, readonly (object | string)[] | Buffer>>;
  /** The files' time, ms since the epoch; now when absent. */
  readonly mtimeMs?: number;
  readonly right: (summary: AdwSummary, events: readonly NewEvent[]) => void;
}

const PLANNER = 'sdlc_planner/raw_output.jsonl';
const BUILDER = 'sdlc_implementor/raw_output.jsonl';
const MODEL = 'claude-opus-4-6';
/** Longer than the settle time, shorter than the stall timeout, of `summaryOfEvents`. */
const LATER_MS = 20_000;
const DAY_MS = 86_400_000;

const text = (lines: readonly (object | string)[]) =>
  lines.map(line => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
const system = (subtype: string, fields: object) => ({ type: 'system', subtype, session_id: 's-1', ...fields });
const ends = (costUsd: number, fields: object = {}) => result({ total_cost_usd: costUsd, modelUsage: {}, ...fields });
const begins = (version: string, session = 's-1') =>
  init({ session_id: session, model: MODEL, claude_code_version: version });
let messages = 0;
const used = (model: string, usage: object, line: object = {}) =>
  assistant(
    [{ type: 'text', text: 'ok' }],
    { id: `msg_${++messages}`, model, usage: { input_tokens: 0, ...usage } },
    line,
  );
const at = (second: number) => ({ timestamp: `2026-08-07T18:50:${second}.000Z` });
const work = [init(), toolUse('t1', 'Bash', { command: 'ls' }), toolResult('t1', 'a')];
const glued = (...lines: readonly object[]) => lines.map(line => JSON.stringify(line)).join('');
const NUL = '\0'.repeat(512);
const agent = toolUse('c1', 'Agent', { description: 'audit', subagent_type: 'Explore' });
const started = system('task_started', {
  ...{ task_id: 'a1', tool_use_id: 'c1', task_type: 'local_agent', description: 'audit', is_backgrounded: true },
});
const launched = toolResult('c1', 'launched', {}, { tool_use_result: { status: 'async_launched', agentId: 'a1' } });
const notified = (id: string, status: string) => system('task_notification', { task_id: id, status, summary: status });
const costs = ({ totals, roles }: AdwSummary) => [totals.cost_usd, ...roles.map(({ cost_usd }) => cost_usd)];
const warnings = (events: readonly NewEvent[]) =>
  dataOf(events, 'agent_log')
    .filter(({ level }) => level === 'WARNING' || level === 'ERROR')
    .map(({ level, message }) => `${level} ${message}`);
const ended = { status: 'completed', totals: { tools: 1, cost_usd: 0.5 } };

const CASES: readonly Case[] = [
  {
    it: 'a run takes as long as its lines say, whatever the time of the file: a clone read in another year',
    files: {
      [BUILDER]: [
        init(),
        toolUse('t1', 'Bash', {}, at(37)),
        toolResult('t1', 'a', {}, at(40)),
        used(MODEL, {}, at(55)),
        ends(0.5, { duration_ms: 18_000 }),
      ],
    },
    mtimeMs: Date.UTC(2025, 1, 1),
    right: summary => {
      expect(summary).toMatchObject({ ...ended, elapsed_ms: 18_000, last_event_at: at(55).timestamp });
      expect(summary.phases.find(({ name }) => name === 'build')).toMatchObject({ duration_ms: 18_000 });
    },
  },
  {
    it: 'two objects on a line are two lines',
    files: { [BUILDER]: [...work, glued(toolUse('t2', 'Read', {}), toolResult('t2', 'b')), glued(ends(0.5))] },
    right: summary =>
      expect(summary).toMatchObject({ status: 'completed', totals: { tools: 2, cost_usd: 0.5, errors: 0 } }),
  },
  {
    it: 'a whole record behind one that was cut off is read, and the cut one told',
    files: { [BUILDER]: [...work, JSON.stringify(toolUse('t2', 'Read', {})).slice(0, -9) + JSON.stringify(ends(0.5))] },
    right: summary => expect(summary).toMatchObject({ ...ended, totals: { tools: 1, malformed_lines: 1 } }),
  },
  {
    it: 'records before and behind NUL bytes are read, the run of them is one malformed line, and nothing waits',
    files: { [BUILDER]: [...work, NUL + JSON.stringify(ends(0.5)) + NUL] },
    right: summary => expect(summary).toMatchObject({ ...ended, totals: { malformed_lines: 2, lines: 4 } }),
  },
  {
    it: 'a session that another role resumes begins at zero before 2.1.277',
    files: { [PLANNER]: [begins('2.1.221'), ends(1)], [BUILDER]: [begins('2.1.221'), ends(0.3)] },
    right: summary => expect(costs(summary)).toEqual([1.3, 1, 0.3]),
  },
  {
    it: 'and goes on from its total since',
    files: { [PLANNER]: [begins('2.1.332'), ends(1)], [BUILDER]: [begins('2.1.332'), ends(1.3)] },
    right: summary => expect(costs(summary)).toEqual([1.3, 1, 0.3]),
  },
  {
    it: 'two processes in one file cost what both did',
    files: { [BUILDER]: [begins('2.1.221'), ends(1), begins('2.1.221'), ends(0.3)] },
    right: summary => expect(costs(summary)).toEqual([1.3, 1.3]),
  },
  {
    it: 'a session that runs costs its list price at least, an hour of cache twice the input',
    files: {
      [BUILDER]: [
        begins('2.1.332'),
        used('claude-opus-5-5', { output_tokens: 1_000_000 }),
        used(MODEL, {
          cache_creation_input_tokens: 1_000_000,
          cache_creation: { ephemeral_1h_input_tokens: 1_000_000 },
        }),
      ],
    },
    right: ({ totals, models }) => {
      expect(totals).toMatchObject({ cost_usd: 30, cost_estimated: true });
      expect(models.map(({ model, cost_usd }) => [model, cost_usd])).toEqual([
        ['claude-opus-5-5', 20],
        [MODEL, 10],
      ]);
    },
  },
  {
    it: 'a model whose price nobody knows is not free',
    files: { [BUILDER]: [init({ model: 'house-model-1' }), used('house-model-1', { output_tokens: 1_000_000 })] },
    right: ({ totals, models }) => expect([totals.cost_usd, models[0]?.cost_usd]).toEqual([null, null]),
  },
  {
    it: 'a rate limit that allows is no warning, one that refuses is',
    files: {
      [BUILDER]: [
        init(),
        ...['allowed', 'rejected'].map(status => ({
          type: 'rate_limit_event',
          rate_limit_info: { status },
          session_id: 's-1',
        })),
      ],
    },
    right: (_summary, events) => expect(warnings(events)).toEqual([expect.stringMatching(/^WARNING .*limit/)]),
  },
  {
    it: 'a sub-agent in the background runs after its launch and an interim result, and so does the run',
    files: { [BUILDER]: [init(), agent, started, launched, ends(0.1, { result: 'It still works.' })] },
    right: ({ status, why, roles }) => {
      expect([status, why]).toEqual(['waiting', expect.stringContaining('audit')]);
      expect(roles[0]?.attempts[0]?.tasks).toMatchObject([{ task_id: 'a1', state: 'running', is_background: true }]);
    },
  },
  {
    it: 'and ends with its notification',
    files: { [BUILDER]: [init(), agent, started, launched, ends(0.1), notified('a1', 'completed'), init(), ends(0.5)] },
    right: summary => {
      expect(summary).toMatchObject(ended);
      expect(summary.roles[0]?.attempts[0]?.tasks).toMatchObject([{ task_id: 'a1', state: 'completed' }]);
    },
  },
  {
    it: 'a success that was cut off while it called a tool is none',
    files: { [BUILDER]: [...work, ends(0.5, { stop_reason: 'tool_use', result: '' })] },
    right: summary => expect(summary).toMatchObject({ ...ended, status: 'ended_without_result' }),
  },
  {
    it: 'a task that failed is an error, one that was killed a warning',
    files: {
      [BUILDER]: [
        init(),
        ...[{ status: 'completed' }, { status: 'failed', error: 'exit code 137' }].map((patch, n) =>
          system('task_updated', { task_id: `b${n}`, patch }),
        ),
        notified('t1', 'killed'),
      ],
    },
    right: ({ roles }, events) => {
      expect(roles[0]?.attempts[0]?.tasks.map(({ state }) => state)).toEqual(['completed', 'failed', 'stopped']);
      expect(warnings(events).map(line => line.split(' ')[0])).toEqual(['ERROR', 'WARNING']);
    },
  },
  {
    it: 'what PowerShell writes is read',
    files: { [BUILDER]: Buffer.from(`\ufeff${text([...work, ends(0.5)]).replaceAll('\n', '\r\n')}`, 'utf16le') },
    right: summary => expect(summary).toMatchObject({ ...ended, elapsed_ms: 61_000, totals: { lines: 4, errors: 0 } }),
  },
  ...[0, Date.now() + 300 * DAY_MS].map(
    (mtimeMs): Case => ({
      it: `the time of an archive makes no run of decades, and none that never ends (${new Date(mtimeMs).getUTCFullYear()})`,
      files: { [BUILDER]: [...work, ends(0.5)] },
      mtimeMs,
      right: summary => {
        expect(summary).toMatchObject({ ...ended, elapsed_ms: 61_000 });
        expect(Math.abs(Date.now() - Date.parse(summary.last_event_at ?? ''))).toBeLessThan(DAY_MS);
      },
    }),
  ),
  {
    it: 'what was packed is no stream of lines, and a copy doubles nothing',
    files: {
      [BUILDER]: [...work, ends(0.5)],
      [`${BUILDER}.bak`]: [...work, ends(0.5)],
      [`${BUILDER}.1.gz`]: Buffer.from('1f8b08000000000000030a0a', 'hex'),
    },
    right: summary => expect(summary).toMatchObject({ ...ended, totals: { tools: 1, lines: 4, malformed_lines: 0 } }),
  },
  {
    it: 'a state file with what JSON has not is read all the same',
    files: {
      'adw_state.json': ['{"adw_id": "abcd1234", "issue_number": "42", "branch_name": "feat-x", "score": NaN}'],
    },
    right: summary => expect(summary).toMatchObject({ issue_number: '42', branch: 'feat-x' }),
  },
  {
    it: 'a call that was taken back is neither open nor counted',
    files: {
      [BUILDER]: [
        init(),
        toolUse('t1', 'Bash', {}, { uuid: 'u1' }),
        toolUse('t2', 'Bash', {}, { uuid: 'u2', supersedes: ['u1'] }),
        toolResult('t2', 'ok'),
      ],
    },
    right: ({ totals, roles }) => {
      expect(totals.tools).toBe(1);
      expect(roles[0]?.attempts[0]?.open_tools).toEqual([]);
    },
  },
  {
    it: 'a hook that failed or was cancelled says so, one that blocks is no failure of the run',
    files: {
      [BUILDER]: [
        ...work,
        system('hook_response', { hook_name: 'a', hook_event: 'Stop', outcome: 'error', stderr: 'no such file' }),
        system('hook_response', { hook_name: 'b', hook_event: 'Stop', outcome: 'cancelled' }),
        system('hook_response', { hook_name: 'c', hook_event: 'Stop', outcome: 'error', exit_code: 2, stderr: 'red' }),
        ends(0.5),
      ],
    },
    right: (summary, events) => {
      expect(summary).toMatchObject(ended);
      expect(warnings(events)).toEqual([
        'ERROR hook a failed: no such file',
        'WARNING hook b was cancelled',
        'WARNING hook c blocks (exit code 2): red',
      ]);
    },
  },
  {
    it: 'tokens of one session never enter another',
    files: {
      [BUILDER]: [
        begins('2.1.332', 's-1'),
        used(MODEL, { output_tokens: 100_000 }, { session_id: 's-1' }),
        begins('2.1.332', 's-2'),
        used(MODEL, { output_tokens: 1_000 }, { session_id: 's-2' }),
      ],
    },
    right: ({ totals }) => expect(totals).toMatchObject({ output_tokens: 101_000, cost_usd: 2.525 }),
  },
  {
    it: "blocks of the API's own tools raise no alarm, and their errors are errors",
    files: {
      [BUILDER]: [
        init(),
        assistant([{ type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'x' } }]),
        assistant([
          {
            type: 'web_search_tool_result',
            tool_use_id: 's1',
            content: { type: 'web_search_tool_result_error', error_code: 'unavailable' },
          },
        ]),
        assistant([{ type: 'redacted_thinking', data: 'c2ln' }]),
        toolResult('t9', [{ type: 'tool_reference', tool_name: 'Read' }, null]),
      ],
    },
    right: ({ totals }, events) => {
      expect(totals).toMatchObject({ tools: 1, tool_errors: 1, malformed_lines: 0 });
      expect(warnings(events)).toEqual([]);
    },
  },
  {
    it: 'the zeros of a crash take nothing away',
    files: {
      [BUILDER]: [
        begins('2.1.332'),
        used(MODEL, { cache_creation_input_tokens: 1_000_000 }),
        ends(0, { subtype: 'error_during_execution', is_error: true, usage: {} }),
      ],
    },
    right: summary =>
      expect(summary).toMatchObject({
        ...{ status: 'failed', totals: { cost_usd: 6.25, cost_estimated: true, cache_write_tokens: 1_000_000 } },
      }),
  },
];

it.each(CASES)('$it', async ({ files, mtimeMs, right }) => {
  const bed = makeBed('http://127.0.0.1:9');
  for (const [path, content] of Object.entries(files)) {
    const file = bed.write(join('agents', ID, path), Buffer.isBuffer(content) ? content : text(content));
    if (mtimeMs !== undefined) utimesSync(file, mtimeMs / 1_000, mtimeMs / 1_000);
  }
  const events: NewEvent[] = [];
  await observeAdw({ ...bed.options(), onEvents: told => void events.push(...told) });
  right(summaryOfEvents(events, LATER_MS), events);
});
