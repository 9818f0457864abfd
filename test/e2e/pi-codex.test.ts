import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import { fetchedFolder, fetchPackages, runtime } from '../support/fetched.ts';
import { type Answer, startResponsesApi } from '../support/stand-ins/responses.ts';
import { compileTypings, type Raw, runProgram, total, watchTree } from './agent-programs.ts';
import { type Block, startMessagesApi } from './messages-api.ts';

const FOLDER = fetchedFolder('pi-codex');
const ADW = 'c0de2333';
const PI = 'sdlc_planner';
const CODEX = 'sdlc_implementor';
/** US dollars a million tokens, as Pi is told. */
const PRICE = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

const use = (name: string, input: object): Block => ({ type: 'tool_use', name, input });
const says = (...blocks: readonly Block[]) => ({ blocks });
const OVERLOADED = { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } };

/** What Pi's model says; once it is asked to go on, its API refuses. */
const PI_TURNS = [
  says(
    { type: 'thinking', thinking: 'First a look.' },
    { type: 'text', text: 'I look first.' },
    use('bash', { command: 'echo hi' }),
    use('read', { path: 'nope.txt' }),
  ),
  says(use('write', { path: 'a.txt', content: 'one\ntwo\n' })),
  says(
    use('edit', { path: 'a.txt', edits: [{ oldText: 'two', newText: 'three\nfour' }] }),
    use('bash', { command: 'exit 3' }),
  ),
  says({ type: 'text', text: 'All done.' }),
  OVERLOADED,
];

const patch = (text: string) => ({ patches: `*** Begin Patch\n${text}\n*** End Patch` });
const plan = (...states: readonly string[]) => ({
  calls: 'update_plan',
  with: { plan: states.map((status, at) => ({ step: `Step ${at + 1}`, status })) },
});
/** The same of Codex. */
const CODEX_ANSWERS: readonly Answer[] = [
  {
    items: [
      { thinks: 'First a look.' },
      { says: 'I look first.' },
      { calls: 'exec_command', with: { cmd: 'echo hi' } },
    ],
  },
  { items: [plan('completed', 'pending')] },
  { items: [patch('*** Add File: b.txt\n+one\n+two')] },
  { items: [patch('*** Update File: b.txt\n@@\n one\n-two\n+three')] },
  { items: [{ calls: 'exec_command', with: { cmd: 'exit 3' } }] },
  { items: [plan('completed', 'completed')] },
  { items: [{ says: 'All done.' }] },
  { status: 401, error: { type: 'authentication_error', message: 'No such key.' } },
];

/** Works, then goes on with the same session, which fails. @param home a new directory for the program alone */
async function recordPi(file: string, home: string): Promise<void> {
  const [cwd, agent] = [join(home, 'shop'), join(home, '.pi/agent')];
  await Promise.all([cwd, agent].map(path => mkdir(path, { recursive: true })));
  const api = await startMessagesApi({ work: PI_TURNS });
  onTestFinished(() => api.stop());
  const model = {
    id: 'm',
    name: 'm',
    reasoning: true,
    input: ['text'],
    contextWindow: 200_000,
    maxTokens: 8_000,
    cost: PRICE,
  };
  const local = { baseUrl: api.url, api: 'anthropic-messages', apiKey: 'none', models: [model] };
  await writeFile(join(agent, 'models.json'), JSON.stringify({ providers: { local } }));
  await writeFile(
    join(agent, 'settings.json'),
    JSON.stringify({ retry: { enabled: true, maxRetries: 1, baseDelayMs: 10 } }),
  );
  const { node } = await runtime(22);
  const cli = join(FOLDER, 'node_modules/@earendil-works/pi-coding-agent/dist/bundle/cli.js');
  const run = (...args: readonly string[]) =>
    runProgram(
      [
        ...([node, cli] as const),
        ...['-p', '--mode', 'json', '--provider', 'local', '--model', 'm', '--session-dir', join(home, 'sessions')],
        ...args,
      ],
      { file, cwd, env: { HOME: home, PI_OFFLINE: '1' } },
    );
  await run('PLAY:work go');
  const { id } = JSON.parse((await readFile(file, 'utf8')).split('\n')[0]!) as { id: string };
  await run('--session', id, 'Go on.');
}

async function recordCodex(file: string, home: string): Promise<void> {
  const [cwd, config] = [join(home, 'shop'), join(home, '.codex')];
  await Promise.all([cwd, config].map(path => mkdir(path, { recursive: true })));
  const api = await startResponsesApi(CODEX_ANSWERS);
  onTestFinished(() => api.stop());
  const settings = [
    'model = "gpt-5.5"',
    'model_provider = "local"',
    'model_reasoning_summary = "detailed"',
    '[tools.update_plan]',
    'enabled = true',
    '[model_providers.local]',
    'name = "local"',
    `base_url = "${api.url}/v1"`,
    'wire_api = "responses"',
    'env_key = "LOCAL_KEY"',
    'request_max_retries = 1',
    'stream_max_retries = 1',
  ];
  await writeFile(join(config, 'config.toml'), settings.join('\n'));
  const flags = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];
  const run = (...args: readonly string[]) =>
    runProgram([join(FOLDER, 'node_modules/.bin/codex'), 'exec', ...args], {
      file,
      cwd,
      env: { HOME: home, LOCAL_KEY: 'none' },
    });
  await run(...flags, 'Make a file.');
  const { thread_id } = JSON.parse((await readFile(file, 'utf8')).split('\n')[0]!) as { thread_id: string };
  await run('resume', ...flags, thread_id, 'Go on.');
}

/** What a role did. */
interface Counted {
  readonly tools: number;
  readonly failures: number;
  /** In, out, from the cache, into it. */
  readonly tokens: readonly number[];
  readonly costUsd: number | null;
  /** Whether each end is a failure. */
  readonly ends: readonly boolean[];
  readonly todos: readonly string[];
  /** Path, how it was changed last, lines that were added and removed as far as they are said. */
  readonly files: readonly (readonly unknown[])[];
}

async function linesOf(file: string): Promise<Raw[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map(line => JSON.parse(line));
}

async function countPi(file: string): Promise<Counted> {
  const lines = await linesOf(file);
  const of = (type: string) => lines.filter(line => line.type === type);
  const answers = of('message_end').filter(({ message }) => message.role === 'assistant');
  const used = answers.map(({ message }) => message.usage);
  const edits = of('tool_execution_end').filter(({ toolName, isError }) => /edit|write/.test(toolName) && !isError);
  const tokens = (['input', 'output', 'cacheRead', 'cacheWrite'] as const).map(kind => total(used, one => one[kind]));
  return {
    tools: of('tool_execution_start').length,
    failures: of('tool_execution_end').filter(({ isError }) => isError).length,
    tokens,
    costUsd: tokens.reduce((sum, count, at) => sum + (count * Object.values(PRICE)[at]!) / 1e6, 0),
    ends: of('agent_end')
      .filter(({ willRetry }) => !willRetry)
      .map(({ messages }) => messages.at(-1).stopReason === 'error'),
    todos: [],
    files: edits.length === 2 ? [['a.txt', 'modified', 4, 1]] : [],
  };
}

async function countCodex(file: string): Promise<Counted> {
  const lines = await linesOf(file);
  const of = (type: string) => lines.filter(line => line.type === type);
  const items = (state: string, type: RegExp) =>
    of(`item.${state}`).flatMap(({ item }) => (type.test(item.type) ? [item] : []));
  const tool = /command_execution|file_change|mcp_tool_call|web_search/;
  const changes = items('completed', /file_change/).flatMap(({ changes }) => changes);
  // A thread's counts go on from turn to turn.
  const { usage } = of('turn.completed').at(-1);
  return {
    tools: items('completed', tool).length,
    failures: items('completed', tool).filter(({ status }) => status === 'failed').length,
    tokens: [usage.input_tokens - usage.cached_input_tokens, usage.output_tokens, usage.cached_input_tokens, 0],
    costUsd: null,
    ends: lines.flatMap(({ type }) => (/^turn\.(completed|failed)$/.test(type) ? [type === 'turn.failed'] : [])),
    todos: items('completed', /todo_list/).flatMap(({ items }) =>
      items.map(({ completed }: Raw) => (completed ? 'completed' : 'pending')),
    ),
    files: changes.length === 2 ? [[changes[0].path, 'created', null, null]] : [],
  };
}

/** The same of a summary, and of the ends that were told. */
function saidOf({ roles, files, todos }: AdwSummary, role: string, ends: readonly boolean[]): Counted {
  const attempt = roles.find(one => one.role === role)!.attempts[0]!;
  const { tools, tool_errors, cost_usd } = attempt;
  return {
    tools,
    failures: tool_errors,
    tokens: [attempt.input_tokens, attempt.output_tokens, attempt.cache_read_tokens, attempt.cache_write_tokens],
    costUsd: cost_usd,
    ends,
    todos: todos.filter(one => one.role === role).flatMap(({ items }) => items.map(({ state }) => state)),
    files: files
      .filter(one => one.role === role)
      .map(({ path, operation, lines_added, lines_removed }) => [path, operation, lines_added, lines_removed]),
  };
}

const rounded = (counted: Counted): Counted => ({
  ...counted,
  costUsd: counted.costUsd === null ? null : Number(counted.costUsd.toFixed(9)),
});

const isOffered = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');

describe.runIf(isOffered)('what Pi and Codex write today', () => {
  beforeAll(async () => {
    await fetchPackages(FOLDER);
    await runtime(22);
  }, 900_000);

  test('has no kind of line, message, block or item that is not in the tables', async () => {
    await compileTypings(FOLDER);
  });

  test('is told live as it is read cold, and counted as it lies there', async () => {
    const { root, fileOf, told } = await watchTree(ADW, [PI, CODEX]);
    await Promise.all([recordPi(fileOf(PI), join(root, 'pi')), recordCodex(fileOf(CODEX), join(root, 'codex'))]);
    const { live, cold, events } = await told();
    const counted = { [PI]: await countPi(fileOf(PI)), [CODEX]: await countCodex(fileOf(CODEX)) };
    for (const [role, count] of Object.entries(counted)) {
      const of = (type: string) =>
        events.flatMap(event => (event.type === type && event.data.agent_role === role ? [event.data] : []));
      expect(of('agent_log').filter(({ message }) => /unknown/.test(message))).toEqual([]);
      expect(of('thinking_block').map(({ content }) => content)).toEqual(['First a look.']);
      expect(of('text_block').map(({ content }) => content)).toEqual(['I look first.', 'All done.']);
      const begun = of('tool_use_pre').map(({ tool_use_id }) => tool_use_id);
      expect(
        of('tool_use_post')
          .map(({ tool_use_id }) => tool_use_id)
          .toSorted(),
      ).toEqual(begun.toSorted());
      // The API that refuses is asked again.
      expect(of('agent_log').some(({ waiting }) => waiting?.for === 'api_retry')).toBe(true);
      const ends = of('session_ended').map(({ is_error }) => is_error);
      for (const summary of [live, cold]) expect(saidOf(summary, role, ends)).toEqual(rounded(count));
    }
    expect(counted[PI]).toMatchObject({ tools: 5, failures: 2, ends: [false, true] });
    expect(counted[CODEX]).toMatchObject({
      tools: 4,
      failures: 1,
      ends: [false, true],
      todos: ['completed', 'completed'],
    });
    expect(live.roles.map(({ role, cost_estimated }) => [role, cost_estimated]).toSorted()).toEqual([
      [CODEX, true],
      [PI, false],
    ]);
  }, 300_000);
});
