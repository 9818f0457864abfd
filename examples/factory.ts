import { PiTranscript } from './pi.ts';
import { Transcript } from './transcript.ts';

/** The id of the factory's run. */
export const FACTORY_ID = '4d9f02b6';

/** Where the factory keeps its runs and its database, below `examples/`. */
export const FACTORY_DATA = 'adws/adw_data';

const REQUEST = 'Let readers export a note as markdown. The export keeps headings, lists and code.';
const START_MS = Date.parse('2026-10-14T08:20:00.000Z');
const GEMINI = 'gemini-3.6-flash';
const SONNET = 'claude-sonnet-4-5-20250929';

/** Seconds after the start, as the factory writes times. */
const at = (seconds: number) => new Date(START_MS + seconds * 1_000).toISOString().replace('Z', '+00:00');
const atMs = (seconds: number) => START_MS + seconds * 1_000;

/** A row of one of the database's tables. */
export type Row = Readonly<Record<string, string | number | null>>;

const read = (path: string, output: string) => ({ name: 'read', args: { path }, output });
const bash = (command: string, output: string, isError = false) => ({
  name: 'bash',
  args: { command },
  output,
  isError,
});
const write = (path: string, content: string) => ({
  ...{ name: 'write', args: { path, content } },
  output: `Successfully wrote ${content.length} bytes to ${path}`,
});
const edit = (path: string, oldText: string, newText: string) => ({
  ...{ name: 'edit', args: { path, edits: [{ oldText, newText }] } },
  output: `Successfully replaced 1 block(s) in ${path}.`,
});

const EXPORT = `export function toMarkdown(note: Note): string {
  return [heading(note), ...note.blocks.map(block)].join('\\n\\n');
}
`;

const PLAN = `# Plan: export a note as markdown

1. \`src/export.ts\`: \`toMarkdown(note)\`, one case for each kind of block
2. \`src/header.ts\`: a button that saves \`<title>.md\`
3. \`test/export.test.ts\`: headings, lists, code, a note without a title
`;

function planner(): PiTranscript {
  return new PiTranscript({ sessionId: `sssf-${FACTORY_ID}-planner-1c2d`, model: GEMINI, startMs: atMs(4) })
    .prompt(REQUEST)
    .turn(
      'I look at how notes are kept before I plan.',
      read('src/note.ts', 'export interface Note {\n  title: string;\n  blocks: Block[];\n}'),
      bash('ls src test', 'header.ts\nnote.ts\nmain.ts\nnote.test.ts'),
    )
    .turn('A scout lists the kinds of block meanwhile; I write the plan.', write('context_handoff/plan.md', PLAN))
    .turn(
      JSON.stringify({
        status: 'success',
        summary: 'Plan for a markdown export in three steps',
        artifacts: ['context_handoff/plan.md'],
      }),
    )
    .end();
}

function scout(): PiTranscript {
  return new PiTranscript({ sessionId: `sssf-${FACTORY_ID}-scout-77aa`, model: GEMINI, startMs: atMs(12) })
    .prompt('List every kind of block that a note may have.')
    .turn(
      '',
      bash(
        'grep -n "kind: \'" src/note.ts',
        "9:  kind: 'heading'\n14:  kind: 'list'\n20:  kind: 'code'\n26:  kind: 'text'",
      ),
    )
    .turn('Four kinds: heading, list, code, text (src/note.ts, lines 9 to 26).')
    .end();
}

function builder(): PiTranscript {
  return new PiTranscript({ sessionId: `sssf-${FACTORY_ID}-builder-09fe`, model: GEMINI, startMs: atMs(62) })
    .prompt('Build what context_handoff/plan.md says.')
    .turn('I follow the plan.', read('context_handoff/plan.md', PLAN), write('src/export.ts', EXPORT))
    .turn('Now the button.', edit('src/header.ts', '<h1>', '<button id="export">Export</button><h1>'))
    .turn(
      JSON.stringify({ status: 'success', summary: 'Export built', changed_files: ['src/export.ts', 'src/header.ts'] }),
    )
    .end()
    .prompt('Your previous response failed validation:\n- npm test: exit 1, "a note without a title" failed', atMs(118))
    .turn(
      'A note without a title gives an empty heading: the plan asks for none.',
      edit('src/export.ts', 'return [heading(note), ', 'return [...(note.title ? [heading(note)] : []), '),
      bash('npm test', '31 passed'),
    )
    .turn(
      JSON.stringify({
        status: 'success',
        summary: 'Export built; a note without a title has no heading',
        changed_files: ['src/export.ts', 'src/header.ts'],
      }),
    )
    .end();
}

/** Claude Code reviews: a factory's roster may name another program for each agent. */
function reviewer(): string {
  const transcript = new Transcript({ role: 'factory reviewer', model: SONNET })
    .init(['Bash', 'Read', 'Grep'])
    .say('I compare what was built with what was asked for.')
    .tool({ name: 'Read', input: { file_path: 'src/export.ts' }, content: EXPORT })
    .tool({ name: 'Bash', input: { command: 'npm test', description: 'Run the tests' }, content: '31 passed' })
    .say('Headings, lists and code are kept, and a note without a title is right.')
    .result(JSON.stringify({ status: 'success', approved: true, summary: 'Does what was asked for' }), {
      durationMs: 31_000,
    });
  return transcript.lines
    .map((line, index) => `${JSON.stringify({ ...line, timestamp: new Date(atMs(152 + index * 4)).toISOString() })}\n`)
    .join('');
}

const envelope = (agent: string, type: string, rest: Record<string, unknown>) =>
  `${JSON.stringify({ agent_name: agent, purpose: '', output_type: type, attempt: 1, status: 'success', ...rest }, null, 2)}\n`;

const userPrompt = (title: string, prompt: string) =>
  `# ${title}\n\n## Variables\n\n### prompt\n\n${prompt}\n\n### previous_envelope\n\n(none)\n\n## Report\n\nRespond with JSON alone.\n`;

/** Every file of the factory's run but the database, by its path below `examples/`. */
export function factoryFiles(): Map<string, string> {
  const run = `${FACTORY_DATA}/sessions/${FACTORY_ID}`;
  const map = (agent: string, id: string, model: string, program: string) => ({
    [agent]: { session_id: id, model, coding_agent: program },
  });
  const telemetry = { turn: 1, task: 'List every kind of block', status: 'done', duration_ms: 11_000 };
  return new Map([
    [`${run}/planner/prompts/user.md`, userPrompt('Plan', REQUEST)],
    [`${run}/planner/raw_output.jsonl`, String(planner())],
    [`${run}/planner/subagents/1/turn-1/raw_output.jsonl`, String(scout())],
    [`${run}/planner/subagents/1/turn-1/result.txt`, 'Four kinds: heading, list, code, text.\n'],
    [`${run}/planner/subagents/1/telemetry.jsonl`, `${JSON.stringify(telemetry)}\n`],
    [
      `${run}/planner/envelope.json`,
      envelope('planner', 'PlanOutput', {
        summary: 'Plan for a markdown export in three steps',
        artifacts: ['context_handoff/plan.md'],
        notes_for_next_agent: 'Mind notes without a title.',
      }),
    ],
    [`${run}/context_handoff/plan.md`, PLAN],
    [`${run}/builder/prompts/user.md`, userPrompt('Build', 'Build what context_handoff/plan.md says.')],
    [`${run}/builder/raw_output.jsonl`, String(builder())],
    [
      `${run}/builder/envelope.json`,
      envelope('builder', 'BuildOutput', {
        summary: 'Export built; a note without a title has no heading',
        changed_files: ['src/export.ts', 'src/header.ts'],
      }),
    ],
    [`${run}/reviewer/prompts/user.md`, userPrompt('Review', 'Compare what was built with what was asked for.')],
    [`${run}/reviewer/raw_output.jsonl`, reviewer()],
    [
      `${run}/reviewer/envelope.json`,
      envelope('reviewer', 'ReviewOutput', { summary: 'Does what was asked for', approved: true }),
    ],
    [
      `${run}/agent_map.json`,
      `${JSON.stringify({ ...map('planner', `sssf-${FACTORY_ID}-planner-1c2d`, GEMINI, 'pi'), ...map('builder', `sssf-${FACTORY_ID}-builder-09fe`, GEMINI, 'pi') }, null, 2)}\n`,
    ],
  ]);
}

/** The tables of the factory's database, as its workflows make them. */
export const FACTORY_TABLES = `
CREATE TABLE sessions (adw_id TEXT PRIMARY KEY, adw_name TEXT, request TEXT, status TEXT, engineer TEXT,
  started_at TEXT, ended_at TEXT, total_tokens INTEGER DEFAULT 0, total_cost REAL DEFAULT 0);
CREATE TABLE phases (phase_id TEXT PRIMARY KEY, adw_id TEXT, seq INTEGER, name TEXT, kind TEXT, owner TEXT, description TEXT,
  status TEXT DEFAULT 'fail', attempt INTEGER DEFAULT 0, retries INTEGER DEFAULT 0, error TEXT, started_at TEXT, ended_at TEXT);
CREATE TABLE events (event_id TEXT PRIMARY KEY, adw_id TEXT, phase_id TEXT, parent_id TEXT, type TEXT, name TEXT,
  payload_json TEXT, tokens INTEGER, started_at TEXT, ended_at TEXT);
CREATE TABLE gate_results (id INTEGER PRIMARY KEY AUTOINCREMENT, adw_id TEXT, phase_id TEXT, attempt INTEGER, gate TEXT,
  passed INTEGER, violations_json TEXT, checks_json TEXT, created_at TEXT);
CREATE TABLE processes (id INTEGER PRIMARY KEY AUTOINCREMENT, adw_id TEXT, kind TEXT, name TEXT, pid INTEGER, command TEXT,
  started_at TEXT, ended_at TEXT);
`;

const phaseId = (seq: number, name: string) => `${FACTORY_ID}_0${seq}_${name}`;

function phase(
  seq: number,
  name: string,
  [kind, owner]: readonly [string, string],
  [from, to]: readonly [number, number],
  more: Row = {},
): Row {
  const id = { phase_id: phaseId(seq, name), adw_id: FACTORY_ID, seq, name, kind, owner };
  return { ...id, status: 'success', attempt: 0, retries: 0, started_at: at(from), ended_at: at(to), ...more };
}

function gate(
  id: string,
  attempt: number,
  name: string,
  check: { item: string; ok: boolean; note: string },
  seconds: number,
): Row {
  return {
    ...{ adw_id: FACTORY_ID, phase_id: id, attempt, gate: name, passed: check.ok ? 1 : 0 },
    violations_json: JSON.stringify(check.ok ? [] : [`${check.item}: ${check.note}`]),
    checks_json: JSON.stringify([check]),
    created_at: at(seconds),
  };
}

function note(id: string, type: string, name: string, payload: unknown, seconds: number): Row {
  const event = { event_id: `evt_${type}_${seconds}`, adw_id: FACTORY_ID, phase_id: id, type, name };
  return { ...event, payload_json: JSON.stringify(payload), started_at: at(seconds) };
}

function ended(kind: string, name: string, pid: number, command: string, [from, to]: readonly [number, number]): Row {
  return { adw_id: FACTORY_ID, kind, name, pid, command, started_at: at(from), ended_at: at(to) };
}

/** Every row of the factory's database, by its table. */
export const FACTORY_ROWS: Readonly<Record<string, readonly Row[]>> = {
  sessions: [
    {
      ...{
        adw_id: FACTORY_ID,
        adw_name: 'adw_plan_build_test_review',
        request: REQUEST,
        status: 'success',
        engineer: 'dev',
      },
      ...{ started_at: at(0), ended_at: at(186) },
    },
  ],
  phases: [
    phase(1, 'request', ['engineer', 'dev'], [0, 1]),
    phase(2, 'plan', ['agent', 'planner'], [2, 58], { retries: 1 }),
    phase(3, 'commit_plan', ['code', 'git'], [58, 60]),
    phase(4, 'build', ['agent', 'builder'], [60, 146], { retries: 2, attempt: 1 }),
    phase(5, 'test', ['code', 'quality'], [146, 150]),
    phase(6, 'review', ['agent', 'reviewer'], [150, 184]),
    phase(7, 'commit', ['code', 'git'], [184, 186]),
  ],
  gate_results: [
    gate(
      phaseId(2, 'plan'),
      1,
      'artifacts_exist',
      { item: 'context_handoff/plan.md', ok: true, note: 'exists, 246B' },
      57,
    ),
    gate(
      phaseId(4, 'build'),
      1,
      'tests_pass',
      { item: 'npm test', ok: false, note: 'exit 1, "a note without a title" failed' },
      116,
    ),
    gate(phaseId(4, 'build'), 2, 'tests_pass', { item: 'npm test', ok: true, note: 'exit 0, 31 passed' }, 145),
    gate(phaseId(6, 'review'), 1, 'approved', { item: 'approved', ok: true, note: 'nothing blocks' }, 183),
  ],
  events: [
    note(phaseId(1, 'request'), 'log', 'request', { input: REQUEST }, 1),
    note(
      phaseId(2, 'plan'),
      'handoff',
      'planner',
      { summary: 'Plan for a markdown export in three steps', artifacts: ['context_handoff/plan.md'] },
      58,
    ),
    note(
      phaseId(4, 'build'),
      'handoff',
      'builder',
      { summary: 'Export built; a note without a title has no heading', artifacts: [] },
      146,
    ),
    note(phaseId(5, 'test'), 'log', 'test', { command: 'npm test', exit: 0 }, 150),
    note(phaseId(6, 'review'), 'handoff', 'reviewer', { summary: 'Does what was asked for', artifacts: [] }, 184),
  ],
  processes: [
    ended('adw', '', 41_200, 'adw_plan_build_test_review.py', [0, 186]),
    ended('agent', 'planner', 41_217, 'pi planner gemini-3.6-flash', [3, 56]),
    ended('agent', 'builder', 41_260, 'pi builder gemini-3.6-flash', [61, 144]),
    ended('agent', 'reviewer', 41_302, 'claude_code reviewer claude-sonnet-4-5', [151, 182]),
  ],
};
