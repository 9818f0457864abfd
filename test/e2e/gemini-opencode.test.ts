import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import { fetchedFolder, fetchPackages } from '../support/fetched.ts';
import { type Part, startGeminiApi } from '../support/stand-ins/gemini.ts';
import { compileTypings, type ProgramRun, type Raw, runProgram, total, watchTree } from './agent-programs.ts';
import { type Block, startMessagesApi } from './messages-api.ts';

const execute = promisify(execFile);
const FOLDER = fetchedFolder('gemini-opencode');
const ADW = 'c0de2332';
const PLANNER = 'sdlc_planner';
const BUILDER = 'sdlc_implementor';

const call = (name: string, args: Readonly<Record<string, unknown>>): Part => ({ functionCall: { name, args } });
const use = (name: string, input: object): Block => ({ type: 'tool_use', name, input });
const text = (said: string): Block => ({ type: 'text', text: said });

/** What Gemini's model says. @param cwd where its program works */
const geminiTurns = (cwd: string): readonly (readonly Part[])[] => {
  const file_path = join(cwd, 'a.txt');
  return [
    [{ text: 'I look first.' }, call('run_shell_command', { command: 'echo hi' })],
    [call('write_file', { file_path, content: 'one\ntwo\n' })],
    [
      call('replace', { file_path, instruction: 'Count on.', old_string: 'two', new_string: 'three\nfour' }),
      call('run_shell_command', { command: 'exit 3' }),
      call('read_file', { file_path: '/nonexistent/z' }),
    ],
    [
      call('write_todos', {
        todos: [
          { description: 'Plan', status: 'completed' },
          { description: 'Build', status: 'pending' },
        ],
      }),
    ],
    [{ text: 'All done.' }],
  ];
};

/** What OpenCode's model says, and a sub-agent's. */
const openCodeScript = (cwd: string) => {
  const filePath = join(cwd, 'b.txt');
  const todos = [
    { content: 'Plan', status: 'completed', priority: 'high', id: '1' },
    { content: 'Build', status: 'pending', priority: 'low', id: '2' },
  ];
  const says = (...blocks: readonly Block[]) => ({ blocks });
  return {
    work: [
      says(
        { type: 'thinking', thinking: 'First a look.' },
        text('I look first.'),
        use('bash', { command: 'echo hi', description: 'look' }),
        use('read', { filePath: join(cwd, 'nope.txt') }),
      ),
      says(use('write', { filePath, content: 'one\ntwo\n' })),
      says(
        use('edit', { filePath, oldString: 'two', newString: 'three\nfour' }),
        use('bash', { command: 'echo no; exit 3', description: 'fail' }),
      ),
      says(use('todowrite', { todos })),
      says(use('task', { description: 'Count', prompt: 'PLAY:sub go', subagent_type: 'general' })),
      says(text('All done.')),
    ],
    sub: [says(text('One file.'))],
  };
};

/** One run of a program, which succeeds. */
async function run(program: string, args: readonly string[], how: ProgramRun): Promise<void> {
  const command = join(FOLDER, 'node_modules/.bin', program);
  expect(await runProgram([command, ...args], { ...how, withErrors: true })).toBe(0);
}

/** Works, and goes on with the same session. @param home a new directory for the program alone */
async function recordGemini(file: string, home: string): Promise<void> {
  const cwd = join(home, 'shop');
  await Promise.all([cwd, join(home, '.gemini')].map(path => mkdir(path, { recursive: true })));
  const api = await startGeminiApi(geminiTurns(cwd));
  onTestFinished(() => api.stop());
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
  };
  await writeFile(join(home, '.gemini/settings.json'), JSON.stringify(settings));
  const env = {
    HOME: home,
    GEMINI_API_KEY: 'none',
    GOOGLE_GEMINI_BASE_URL: api.url,
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  };
  const said = ['--output-format', 'stream-json', '--approval-mode', 'yolo', '--model', 'gemini-2.5-flash'];
  await run('gemini', ['-p', 'Make a file.', ...said], { file, cwd, env });
  await run('gemini', ['-p', 'Go on.', ...said, '--resume', 'latest'], { file, cwd, env });
}

async function recordOpenCode(file: string, home: string): Promise<void> {
  const cwd = join(home, 'shop');
  const config = join(home, '.config/opencode');
  await Promise.all([cwd, config].map(path => mkdir(path, { recursive: true })));
  const api = await startMessagesApi(openCodeScript(cwd));
  onTestFinished(() => api.stop());
  const model = {
    name: 'm',
    reasoning: true,
    limit: { context: 200_000, output: 8_000 },
    cost: { input: 3, output: 15 },
  };
  const options = { baseURL: `${api.url}/v1`, apiKey: 'none' };
  const provider = { local: { npm: '@ai-sdk/anthropic', name: 'local', options, models: { m: model } } };
  await writeFile(join(config, 'opencode.json'), JSON.stringify({ autoupdate: false, share: 'disabled', provider }));
  const env = { HOME: home, OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' };
  const said = ['run', '--format', 'json', '--thinking', '--model', 'local/m'];
  await run('opencode', [...said, 'PLAY:work go'], { file, cwd, env });
  await run('opencode', [...said, '--continue', 'PLAY:work go on'], { file, cwd, env });
}

/** What a role's summary has to say. */
interface Counted {
  readonly sessions: number;
  readonly tools: number;
  readonly failures: number;
  readonly chatter: number;
  /** In, out, from the cache, into it. */
  readonly tokens: readonly number[];
  readonly costUsd: number | null;
  readonly outcome: string;
}

/** The JSON lines of a file, and how many others it has. */
async function linesOf(file: string): Promise<{ lines: Raw[]; chatter: number }> {
  const all = (await readFile(file, 'utf8')).split('\n').filter(line => line.trim() !== '');
  const lines = all.filter(line => line.startsWith('{'));
  return { lines: lines.map(line => JSON.parse(line)), chatter: all.length - lines.length };
}

async function countGemini(file: string): Promise<Counted> {
  const { lines, chatter } = await linesOf(file);
  const of = (type: string) => lines.filter(line => line.type === type);
  const stats = of('result').map(({ stats }) => stats);
  const failed = ({ status, output }: Raw) => status === 'error' || /^Command exited/.test(output ?? '');
  const tokens = [
    total(stats, one => one.input_tokens - one.cached),
    total(stats, one => one.total_tokens - one.input_tokens),
    total(stats, one => one.cached),
    0,
  ];
  return {
    sessions: of('init').length,
    tools: of('tool_use').length,
    failures: of('tool_result').filter(failed).length,
    chatter,
    tokens,
    // The list price of gemini-2.5-flash, a million tokens.
    costUsd: (tokens[0]! * 0.3 + tokens[1]! * 2.5 + tokens[2]! * 0.03) / 1e6,
    outcome: of('result').at(-1).status,
  };
}

async function countOpenCode(file: string): Promise<Counted> {
  const { lines, chatter } = await linesOf(file);
  const of = (type: string) => lines.filter(line => line.type === type).map(({ part }) => part);
  const ends = of('step_finish');
  const failed = ({ state }: Raw) => state.status === 'error' || (state.metadata.exit ?? 0) !== 0;
  return {
    sessions: ends.filter(({ reason }) => reason === 'stop').length,
    tools: of('tool_use').length,
    failures: of('tool_use').filter(failed).length,
    chatter,
    tokens: [
      total(ends, ({ tokens }) => tokens.input),
      total(ends, ({ tokens }) => tokens.output + tokens.reasoning),
      total(ends, ({ tokens }) => tokens.cache.read),
      total(ends, ({ tokens }) => tokens.cache.write),
    ],
    costUsd: total(ends, ({ cost }) => cost),
    outcome: 'success',
  };
}

/** The same of a summary. */
function saidOf({ roles }: AdwSummary, role: string, sessions: number): Counted {
  const attempt = roles.find(one => one.role === role)!.attempts[0]!;
  const { tools, tool_errors, malformed_lines, outcome, cost_usd } = attempt;
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens } = attempt;
  return {
    sessions,
    tools,
    failures: tool_errors,
    chatter: malformed_lines,
    tokens: [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens],
    costUsd: cost_usd === null ? null : Number(cost_usd.toFixed(9)),
    outcome: outcome ?? '',
  };
}

const rounded = (counted: Counted): Counted => ({ ...counted, costUsd: Number(counted.costUsd?.toFixed(9)) });

describe.runIf(process.env.ADW_STREAM_AGENTS === '1')('what Gemini CLI and OpenCode write today', () => {
  beforeAll(async () => {
    await fetchPackages(FOLDER);
  }, 900_000);

  test('has no kind of line and no part that is not in the tables', async () => {
    const { packages } = JSON.parse(await readFile(join(FOLDER, 'package-lock.json'), 'utf8'));
    const { version } = packages['node_modules/@google/gemini-cli'];
    // The program's typings are in a package that brings 370 MB with it, of which one file is needed.
    const core = join(FOLDER, 'node_modules/@google/gemini-cli-core');
    await mkdir(core, { recursive: true });
    const pack = ['pack', `@google/gemini-cli-core@${version}`, '--silent', '--pack-destination', core];
    const { stdout } = await execute('npm', pack, { cwd: FOLDER });
    const file = 'package/dist/src/output/types.d.ts';
    await execute('tar', ['-xzf', join(core, stdout.trim()), '-C', core, '--strip-components=1', file]);
    await compileTypings(FOLDER);
  }, 300_000);

  test('is told live as it is read cold, and counted as it lies there', async () => {
    const { root, fileOf, told } = await watchTree(ADW, [PLANNER, BUILDER]);
    await recordGemini(fileOf(PLANNER), join(root, 'gemini'));
    await recordOpenCode(fileOf(BUILDER), join(root, 'opencode'));
    const { live, cold, events } = await told();
    const counted = { [PLANNER]: await countGemini(fileOf(PLANNER)), [BUILDER]: await countOpenCode(fileOf(BUILDER)) };
    for (const [role, count] of Object.entries(counted)) {
      const ofRole = (type: string) => events.filter(event => event.type === type && event.data.agent_role === role);
      expect(ofRole('session_started')).toHaveLength(count.sessions);
      expect(ofRole('session_ended').map(({ data }) => data.is_error)).toEqual([false, false]);
      expect(ofRole('text_block').map(({ data }) => data.content)).toEqual(['I look first.', 'All done.', 'All done.']);
      for (const summary of [live, cold]) expect(saidOf(summary, role, count.sessions)).toEqual(rounded(count));
    }
    expect(counted[PLANNER]).toMatchObject({ sessions: 2, tools: 6, failures: 2 });
    expect(counted[PLANNER]!.chatter).toBeGreaterThan(0);
    expect(counted[BUILDER]).toMatchObject({ sessions: 2, tools: 7, failures: 2 });
    for (const { files, todos, roles } of [live, cold]) {
      expect(
        files.map(({ path, operation, lines_added, lines_removed }) => [path, operation, lines_added, lines_removed]),
      ).toEqual([
        [join(root, 'gemini/shop/a.txt'), 'modified', 4, 1],
        [join(root, 'opencode/shop/b.txt'), 'created', 4, 1],
      ]);
      const items = [
        { content: 'Plan', state: 'completed' },
        { content: 'Build', state: 'pending' },
      ];
      expect(todos.map(({ role, items }) => [role, items]).toSorted()).toEqual([
        [BUILDER, items],
        [PLANNER, items],
      ]);
      const [builder] = roles.filter(({ role }) => role === BUILDER);
      expect(builder?.cost_estimated).toBe(false);
      expect(builder?.attempts[0]?.tasks).toMatchObject([{ subagent_type: 'general', state: 'completed' }]);
    }
  }, 300_000);
});
