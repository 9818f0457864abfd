import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import type { DataOf, LogEvent } from '../../src/event/schema.ts';
import type { EventType } from '../../src/event/types.ts';
import { CLAUDE_CODE, claudeCode, FETCH_MS } from '../support/claude-code.ts';
import { until } from '../support/until.ts';
import { compileTypings } from './agent-programs.ts';
import { type Block, type Script, startMessagesApi } from './messages-api.ts';
import { runHere, start, temporaryDirectory } from './processes.ts';

const ADW = 'c0de2332';
const SESSION = '11111111-1111-4111-8111-111111111111';

const text = (said: string): Block => ({ type: 'text', text: said });
const use = (name: string, input: object): Block => ({ type: 'tool_use', name, input });
const says = (...blocks: readonly Block[]) => ({ blocks });
const agent = (description: string, play: string, run_in_background: boolean) =>
  use('Agent', { description, prompt: `PLAY:${play} go`, subagent_type: 'general-purpose', run_in_background });
const COMMIT =
  'git init -q -b main . && git add -A && git -c user.name=a -c user.email=a@example.com commit -m "Add a"';

/** What the model says in each play. */
const SCRIPT: Script = {
  work: [
    says(
      { type: 'thinking', thinking: 'First the file.' },
      use('Write', { file_path: 'a.txt', content: 'one\ntwo\n' }),
    ),
    says(use('Bash', { command: COMMIT }), use('Read', { file_path: '/nonexistent/x' })),
    says(text('All done.')),
  ],
  team: [
    says(agent('In the background', 'sleeps', true), agent('In the foreground', 'leads', false)),
    says(text('One of them still works.')),
    says(text('Both are done.')),
  ],
  sleeps: [says(use('Bash', { command: 'sleep 2; ls' })), says(text('Slept.'))],
  leads: [says(agent('Nested', 'quick', false)), says(text('Led.'))],
  quick: [says(use('Bash', { command: 'ls' })), says(text('Quick.'))],
  answer: [says(text('First answer.')), says(text('Second answer.')), says(text('Third answer.'))],
  overloaded: [{ status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } }],
  refuses: [{ ...says(text('I cannot help with that.')), stop: 'refusal' }],
  endless: [says(use('Bash', { command: 'true' }))],
  hangs: [says(text('I begin.'), use('Bash', { command: 'sleep 600' }))],
};

let program: string;
beforeAll(async () => {
  program = await claudeCode();
}, FETCH_MS);

/** How one run of the program goes on. */
interface Run {
  readonly role: string;
  readonly play: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it with SIGKILL as soon as its file holds this text. */
  readonly killedAt?: string;
}

/** The program as a workflow runs it, its output appended to the role's file. */
async function runClaude(
  { role, play, flags = [], env = {}, killedAt }: Run,
  { agents, api, home }: World,
): Promise<void> {
  const directory = join(agents, ADW, role);
  const cwd = join(home, play === 'answer' ? 'answer' : role);
  await Promise.all([directory, cwd].map(path => mkdir(path, { recursive: true })));
  const file = join(directory, 'raw_output.jsonl');
  const output = await open(file, 'a');
  const said = ['-p', `PLAY:${play} go`, '--output-format', 'stream-json', '--verbose', '--model', 'claude-opus-5'];
  const child = spawn(program, [...said, '--permission-mode', 'bypassPermissions', ...flags], {
    cwd,
    stdio: ['ignore', output.fd, 'ignore'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      IS_SANDBOX: '1',
      ANTHROPIC_BASE_URL: api,
      ANTHROPIC_API_KEY: 'sk-ant-none',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
      ...env,
    },
  });
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  if (killedAt !== undefined) {
    const isThere = async () => (await readFile(file, 'utf8')).includes(killedAt);
    await until(`${role} says ${killedAt}`, isThere, { withinMs: 120_000 });
    child.kill('SIGKILL');
  }
  await ended;
  await output.close();
}

interface World {
  readonly agents: string;
  readonly api: string;
  readonly home: string;
}

/** Everything that these tests look at, in as few runs as it takes; some wait while others work. */
async function record(world: World): Promise<void> {
  const hooks = { Stop: [{ hooks: [{ type: 'command', command: 'echo checked' }] }] };
  const settings = join(world.home, 'settings.json');
  await writeFile(settings, JSON.stringify({ hooks }));
  const work = ['--include-partial-messages', '--include-hook-events', '--settings', settings];
  const inTurn = async (...runs: readonly Run[]) => {
    for (const one of runs) await runClaude(one, world);
  };
  await Promise.all([
    inTurn({ role: 'sdlc_planner', play: 'work', flags: work }, { role: 'reviewer', play: 'refuses' }),
    inTurn({ role: 'sdlc_implementor', play: 'team', flags: ['--forward-subagent-text'] }),
    inTurn(
      { role: 'tester', play: 'answer', flags: ['--session-id', SESSION] },
      { role: 'tester', play: 'answer', flags: ['--resume', SESSION] },
      { role: 'e2e_tester', play: 'answer', flags: ['--resume', SESSION] },
    ),
    inTurn(
      { role: 'patcher', play: 'overloaded' },
      { role: 'documenter', play: 'endless', flags: ['--max-turns', '2'] },
      { role: 'shipper', play: 'endless', flags: ['--max-budget-usd', '0.01'] },
      { role: 'committer', play: 'hangs', killedAt: 'sleep 600' },
    ),
  ]);
}

/** All events of the ADW that the log of a server holds. */
async function eventsOf(url: string): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const answer = await fetch(`${url}/api/v1/adws/${ADW}/events?after=${after}&limit=1000`);
    const page = (await answer.json()) as { events?: LogEvent[]; more?: boolean };
    events.push(...(page.events ?? []));
    if (page.more !== true) return events;
  }
}

/** What lines say, file by file in the order of each, without the times and what is made of them. */
function toldOf(events: readonly Pick<LogEvent, 'type' | 'data'>[]): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  for (const { type, data } of events) {
    const { source } = data;
    // How lines are packed into chunks goes by when they came.
    if (source?.fingerprint === undefined || type === 'agent_output_chunk') continue;
    const { timestamp, timing, duration_ms, waiting, ...rest } = data as Record<string, unknown> & DataOf<EventType>;
    const lines = told[source.path] ?? [];
    told[source.path] = lines;
    lines.push(JSON.stringify([type, Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))]));
  }
  return told;
}

/** What a summary says of what was done, without a clock. */
function countedIn({ roles, totals, tools, files }: AdwSummary) {
  const { lines, errors, tool_errors, lines_added } = totals;
  return {
    counts: [lines, totals.tools, errors, tool_errors, lines_added],
    tools: tools.map(({ tool, calls, errors }) => `${tool} ${calls} ${errors}`).toSorted(),
    files: files.map(({ path, operation }) => `${path} ${operation}`).toSorted(),
    roles: roles
      .map(({ role, attempts }) => [role, ...attempts.map(one => [one.outcome, one.tools, one.tool_errors])])
      .toSorted(),
  };
}

describe('what Claude Code writes today', () => {
  test('has no kind of line and no block that is not in the tables', async () => {
    await compileTypings(CLAUDE_CODE);
  });

  test('is told live as it is read cold, and for what it is', async () => {
    const root = await temporaryDirectory();
    const world = { agents: join(root, 'agents'), home: join(root, 'home'), api: '' };
    await Promise.all([mkdir(join(world.agents, ADW), { recursive: true }), mkdir(world.home)]);
    const api = await startMessagesApi(SCRIPT);
    onTestFinished(() => api.stop());
    const up = start(['up', '--port', '0', '--data-dir', join(root, 'data'), '--state-dir', join(root, 'state')], {
      cwd: root,
    });
    const [url = ''] = await up.says(/https?:\/\/\S+/);
    await record({ ...world, api: api.url });
    const verified = () => runHere(['verify', ADW, '--server', url], { cwd: root }).then(({ code }) => code === 0);
    await until('the log holds every line', verified, { withinMs: 60_000, everyMs: 500 });

    const copy = join(root, 'copy');
    await cp(world.agents, join(copy, 'agents'), { recursive: true });
    const [live, cold] = [
      await eventsOf(url),
      await runHere(['tail', ADW, '--no-follow', '--output', 'ndjson'], { cwd: copy }),
    ];
    const coldEvents = cold.stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as LogEvent);
    expect(toldOf(coldEvents)).toEqual(toldOf(live));
    const status = async (...args: readonly string[]) => {
      const { stdout } = await runHere(['status', ADW, '--json', ...args], { cwd: copy });
      return JSON.parse(stdout) as AdwSummary;
    };
    expect(countedIn(await status())).toEqual(countedIn(await status('--server', url)));
    toldForWhatItIs(live);
    inOrderOfTheFiles(coldEvents);
  }, 300_000);
});

function toldForWhatItIs(events: readonly LogEvent[]): void {
  const of = <Type extends EventType>(role: string, type: Type) =>
    events
      .filter(event => event.type === type && event.data.agent_role === role)
      .map(({ data }) => data as DataOf<Type>);
  const alarms = events.filter(
    ({ type, data }) => type === 'malformed_line' || /unknown/.test(String(data.event_type)),
  );
  expect(alarms).toEqual([]);

  // A command that commits, a hook, a file that is not there; partial messages make no rows.
  const [git] = of('sdlc_planner', 'tool_use_post').flatMap(({ git }) => git ?? []);
  expect(git).toMatchObject({ commit: { sha: expect.any(String) } });
  expect(of('sdlc_planner', 'file_changed')).toMatchObject([{ file_path: 'a.txt', lines_added: 2 }]);
  expect(of('sdlc_planner', 'agent_log').map(({ event_type }) => event_type)).toContain('hook_response');
  expect(of('sdlc_planner', 'text_block').map(({ content }) => content)).toEqual(['All done.']);

  // Three sub-agents, one of them launched by another, each with an answer and calls of its own.
  const launches = of('sdlc_implementor', 'tool_use_pre').filter(({ tool_name }) => tool_name === 'Agent');
  const ids = launches.map(({ tool_use_id }) => tool_use_id);
  expect(launches.map(({ parent_tool_use_id }) => ids.indexOf(parent_tool_use_id)).toSorted()).toEqual([-1, -1, 1]);
  const answered = of('sdlc_implementor', 'tool_use_post').map(({ tool_use_id }) => tool_use_id);
  expect(answered).toEqual(expect.arrayContaining(ids));
  const working = new Set(of('sdlc_implementor', 'tool_use_pre').map(({ parent_tool_use_id }) => parent_tool_use_id));
  expect(working).toEqual(new Set([null, ...ids]));

  // One session in two files, one of them with two processes.
  for (const [role, processes] of [
    ['tester', 2],
    ['e2e_tester', 1],
  ] as const) {
    expect(of(role, 'session_started').map(({ session_id }) => session_id)).toEqual(Array(processes).fill(SESSION));
    expect(of(role, 'session_ended').map(({ is_error }) => is_error)).toEqual(Array(processes).fill(false));
  }

  // Ends that are none.
  expect(of('patcher', 'agent_log').find(({ waiting }) => waiting !== undefined)).toMatchObject({
    waiting: { for: 'api_retry', attempt: 1, attempts_max: 1, delay_ms: expect.any(Number) },
  });
  for (const [role, subtype] of [
    ['patcher', 'success'],
    ['reviewer', 'success'],
    ['documenter', 'error_max_turns'],
    ['shipper', 'error_max_budget_usd'],
  ] as const)
    expect(of(role, 'session_ended'), role).toMatchObject([{ subtype, is_error: true }]);
  expect(of('committer', 'session_ended')).toEqual([]);
}

/** Times that a line names stay; none in between lies before or behind those around it. */
function inOrderOfTheFiles(events: readonly LogEvent[]): void {
  const lines = new Map<string, { readonly ms: number; readonly line: number }>();
  for (const { data } of events) {
    const { source, timestamp } = data;
    if (source?.fingerprint === undefined || source.line === undefined) continue;
    const before = lines.get(source.path);
    expect(source.line).toBeGreaterThanOrEqual(before?.line ?? 1);
    const ms = Date.parse(timestamp ?? '');
    if (data.timing !== 'exact') expect(ms).toBeGreaterThanOrEqual(before?.ms ?? 0);
    lines.set(source.path, { ms, line: source.line });
  }
}
