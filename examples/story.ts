import { type ToolAnswer, Transcript } from './transcript.ts';

/** One role of the example with the prompt that starts it. */
export interface ToldRole {
  readonly role: string;
  readonly prompt: { readonly command: string; readonly text: string };
  readonly transcript: Transcript;
}

const SONNET = 'claude-sonnet-4-5-20250929';
const HAIKU = 'claude-haiku-4-5-20251001';
const TOOLS = ['Task', 'Bash', 'Glob', 'Grep', 'Read', 'Edit', 'Write', 'TodoWrite', 'WebFetch', 'Skill'];

const told = (role: string, command: string, text: string, transcript: Transcript): ToldRole => ({
  role,
  prompt: { command, text },
  transcript,
});

const bash = (command: string, stdout: string, failed?: { exit: number }) => ({
  name: 'Bash',
  input: { command, description: `Run ${command.split(' ')[0]}` },
  content: failed === undefined ? stdout : `Exit code ${failed.exit}\n${stdout}`,
  structured:
    failed === undefined
      ? { stdout, stderr: '', interrupted: false, isImage: false }
      : `Error: Exit code ${failed.exit}\n${stdout}`,
  isError: failed !== undefined,
});

const read = (path: string, content: string) => ({
  name: 'Read',
  input: { file_path: path },
  content: content
    .split('\n')
    .map((line, index) => `${String(index + 1).padStart(6)}→${line}`)
    .join('\n'),
  structured: { type: 'text', file: { filePath: path, content, numLines: content.split('\n').length, startLine: 1 } },
});

/** An edit with the patch that stands beside its answer. `hunk` holds lines that begin with " ", "-" or "+". */
const edit = (path: string, line: number, hunk: readonly string[]) => {
  const side = (drop: string) => hunk.filter(one => !one.startsWith(drop)).map(one => one.slice(1));
  const [before, after] = [side('+'), side('-')];
  return {
    name: 'Edit',
    input: { file_path: path, old_string: before.join('\n'), new_string: after.join('\n') },
    content: `The file ${path} has been updated.`,
    structured: {
      filePath: path,
      oldString: before.join('\n'),
      newString: after.join('\n'),
      originalFile: null,
      structuredPatch: [
        { oldStart: line, oldLines: before.length, newStart: line, newLines: after.length, lines: hunk },
      ],
    },
  };
};

const write = (path: string, content: string) => ({
  name: 'Write',
  input: { file_path: path, content },
  content: `File created successfully at: ${path}`,
  structured: { type: 'create', filePath: path, content, structuredPatch: [] },
});

/** The agent's list with the first `done` items ticked off and the next one under way. */
const todos = (items: readonly string[], done: number) => {
  const list = items.map((content, index) => ({
    content,
    status: index < done ? 'completed' : index === done ? 'in_progress' : 'pending',
    activeForm: content,
  }));
  return {
    name: 'TodoWrite',
    input: { todos: list },
    content: 'Todos have been modified successfully.',
    structured: { oldTodos: [], newTodos: list },
  };
};

/** A role that only answers. */
function brief(role: string, model: string, answer: string, durationMs: number): Transcript {
  return new Transcript({ role, model }).init(TOOLS).say(answer).result(answer, { durationMs });
}

/** A role that commits what the one before it made. */
function committer(role: string, message: string): ToldRole {
  const transcript = new Transcript({ role, model: SONNET })
    .init(TOOLS)
    .tools([
      bash('git status --short', ' M src/header.ts\n M src/style.css\n?? src/theme.ts'),
      bash('git diff --stat', ' 3 files changed'),
    ])
    .tool(bash(`git add -A && git commit -m "${message}"`, `[feature 3f2a9c1] ${message}`))
    .say(`Committed: ${message}`)
    .result(message, { durationMs: 14_200 });
  return told(role, 'commit', `${role.replace('_committer', '')} feature`, transcript);
}

const STYLE = 'body {\n  background: #f7f7f5;\n  color: #33373d;\n}';
const HEADER =
  'export function header(title: string): string {\n  return "<header><h1>" + title + "</h1></header>";\n}';

export function plan(planFile: string): ToldRole[] {
  const planner = new Transcript({ role: 'sdlc_planner', model: SONNET })
    .hook('SessionStart', 0, 'Loaded project context')
    .init(TOOLS)
    .think(
      'The issue asks for a toggle. First I need to know where colours are defined and whether anything is kept in the browser already.',
    )
    .say("I'll look at how the page is styled before I plan.")
    .subAgent(
      {
        description: 'Find where colours are defined',
        prompt: 'Find every place that defines a colour and report file and line.',
        subagent_type: 'Explore',
      },
      lines =>
        lines
          .tools([
            {
              name: 'Glob',
              input: { pattern: 'src/**/*.{ts,css}' },
              content: 'src/header.ts\nsrc/main.ts\nsrc/style.css',
              structured: { filenames: ['src/header.ts', 'src/main.ts', 'src/style.css'], numFiles: 3 },
            },
            {
              name: 'Grep',
              input: { pattern: '#[0-9a-f]{6}', path: 'src' },
              content: 'src/style.css:2\nsrc/style.css:3',
              structured: { mode: 'content', numLines: 2 },
            },
          ])
          .tool(read('src/style.css', STYLE))
          .say('Colours are only in src/style.css, lines 2 and 3.'),
      'Colours are defined only in src/style.css (lines 2 and 3). Nothing is kept in localStorage yet.',
    )
    .tool(read('src/header.ts', HEADER))
    .tool(todos(['Read the issue', 'Find where colours are defined', 'Write the plan'], 2))
    .tool(write(planFile, '# Feature: Add a dark mode toggle\n\n…'))
    .tool(todos(['Read the issue', 'Find where colours are defined', 'Write the plan'], 3))
    .say(`The plan is in \`${planFile}\`.`)
    .result(planFile, { durationMs: 171_000 });
  return [
    told(
      'issue_classifier',
      'classify_issue',
      '{"number":42,"title":"Add a dark mode toggle"}',
      brief('issue_classifier', HAIKU, '/feature', 4_100),
    ),
    told(
      'branch_generator',
      'generate_branch_name',
      'feature 7e4c1a9b',
      brief('branch_generator', HAIKU, 'feature-issue-42-adw-7e4c1a9b-add-dark-mode', 6_300),
    ),
    told('sdlc_planner', 'feature', '42 7e4c1a9b {"title":"Add a dark mode toggle"}', planner),
    committer('sdlc_planner_committer', 'plan: add a dark mode toggle (#42)'),
  ];
}

export function build(): ToldRole[] {
  const steps = ['Move colours to custom properties', 'Add src/theme.ts', 'Add the toggle to the header', 'Build'];
  const theme = [
    "export type Theme = 'light' | 'dark';",
    '',
    '/** The kept choice, or what the system prefers. */',
    'export function loadTheme(storage: Storage, prefersDark: boolean): Theme {',
    "  const kept = storage.getItem('theme');",
    "  return kept === 'light' || kept === 'dark' ? kept : prefersDark ? 'dark' : 'light';",
    '}',
    '',
  ].join('\n');
  const implementor = new Transcript({
    role: 'sdlc_implementor',
    model: SONNET,
    mcpServers: [
      { name: 'playwright', status: 'connected' },
      { name: 'issues', status: 'failed' },
    ],
  })
    .hook('SessionStart', 1, 'lint-cache: no such directory')
    .init([...TOOLS, 'mcp__playwright__browser_navigate'])
    .think('The plan is clear. Custom properties first, so that the theme is one attribute on the root element.')
    .tool(todos(steps, 0))
    .tools([read('src/style.css', STYLE), read('src/header.ts', HEADER)])
    .tool(
      edit('src/style.css', 1, [
        '+:root {',
        '+  --page: #f7f7f5;',
        '+  --ink: #33373d;',
        '+}',
        '+[data-theme="dark"] {',
        '+  --page: #16191d;',
        '+  --ink: #c9d1d9;',
        '+}',
        ' body {',
        '-  background: #f7f7f5;',
        '-  color: #33373d;',
        '+  background: var(--page);',
        '+  color: var(--ink);',
        ' }',
      ]),
    )
    .tool(todos(steps, 1))
    .tool(write('src/theme.ts', theme))
    .tool({
      name: 'Edit',
      input: { file_path: 'src/main.ts', old_string: 'start()', new_string: 'start(loadTheme())' },
      content: '<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>',
      structured: 'Error: File has not been read yet. Read it first before writing to it.',
      isError: true,
    })
    .tool(read('src/main.ts', "import { header } from './header.ts';\nstart();"))
    .tool(
      edit('src/main.ts', 1, [
        " import { header } from './header.ts';",
        "+import { loadTheme } from './theme.ts';",
        '-start();',
        "+start(loadTheme(localStorage, matchMedia('(prefers-color-scheme: dark)').matches));",
      ]),
    )
    .tool(todos(steps, 2))
    .tool(
      edit('src/header.ts', 2, [
        '-  return "<header><h1>" + title + "</h1></header>";',
        '+  const toggle = \'<button aria-label="Switch theme">◐</button>\';',
        '+  return "<header><h1>" + title + "</h1>" + toggle + "</header>";',
      ]),
    )
    .system('api_retry', {
      attempt: 1,
      max_retries: 10,
      retry_delay_ms: 1_200,
      error_status: 529,
      error: 'overloaded_error',
    })
    .tool(todos(steps, 3))
    .tool(
      bash('npm run build', '\u001b[32m✓\u001b[39m 14 modules transformed.\ndist/index.js  8.42 kB │ gzip: 3.11 kB'),
    )
    .tool(todos(steps, 4))
    .say(
      'The toggle works and the build passes:\n\n- colours are custom properties\n- `src/theme.ts` loads the kept choice\n- the header has a labelled button',
    )
    .result('Implemented the dark mode toggle. 4 files changed.', { durationMs: 402_000 });
  return [
    told('sdlc_implementor', 'implement', 'specs/issue-42-adw-7e4c1a9b-sdlc_planner-add-dark-mode.md', implementor),
    committer('sdlc_implementor_committer', 'feat: add a dark mode toggle (#42)'),
  ];
}

export function test(): ToldRole[] {
  const failing =
    ' ✓ header (3 tests)\n ✗ theme > keeps the choice\n   AssertionError: expected "light" to be "dark"\n\n Tests  1 failed | 23 passed (24)';
  const runner = new Transcript({ role: 'test_runner', model: SONNET })
    .init(TOOLS)
    .tool(bash('npm test', failing, { exit: 1 }))
    .think('The choice is read but never written: toggleTheme is missing.')
    .tool(read('src/theme.ts', "export type Theme = 'light' | 'dark';"))
    .tool(
      edit('src/theme.ts', 7, [
        ' }',
        '+',
        '+/** Switches and keeps the choice. */',
        '+export function toggleTheme(theme: Theme, storage: Storage): Theme {',
        "+  const next = theme === 'dark' ? 'light' : 'dark';",
        "+  storage.setItem('theme', next);",
        '+  return next;',
        '+}',
      ]),
    )
    .tool(bash('npm test', ' ✓ header (3 tests)\n ✓ theme (4 tests)\n\n Tests  24 passed (24)'))
    .say('All 24 tests pass.')
    .result('[{"test_name":"theme","passed":true},{"test_name":"header","passed":true}]', { durationMs: 96_000 });
  return [told('test_runner', 'test', '7e4c1a9b', runner)];
}

export function review(screenshots: Readonly<Record<string, Buffer>>): ToldRole[] {
  const navigate: ToolAnswer & { name: string; input: Record<string, unknown> } = {
    name: 'mcp__playwright__browser_navigate',
    input: { url: 'http://localhost:9207/' },
    content: [{ type: 'text', text: '- Page URL: http://localhost:9207/\n- Page Title: Notes' }],
    structured: [{ type: 'text', text: '- Page URL: http://localhost:9207/' }],
  };
  const transcript = new Transcript({
    role: 'reviewer',
    model: SONNET,
    mcpServers: [{ name: 'playwright', status: 'connected' }],
  })
    .init([...TOOLS, 'mcp__playwright__browser_navigate', 'mcp__playwright__browser_take_screenshot'])
    .say('I start the application and compare it with the plan.')
    .tool({
      ...navigate,
      content: 'Error: page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:9207/',
      structured: 'Error: page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:9207/',
      isError: true,
    })
    .tool(bash('npm run preview -- --port 9207 &', 'Local: http://localhost:9207/'))
    .tool(navigate);
  for (const [name, png] of Object.entries(screenshots)) {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png.toString('base64') } };
    transcript.tool({
      name: 'mcp__playwright__browser_take_screenshot',
      input: { filename: `agents/7e4c1a9b/reviewer/review_img/${name}` },
      content: [{ type: 'text', text: `Took the screenshot ${name}` }, image],
      structured: [{ type: 'text', text: `Took the screenshot ${name}` }, image],
    });
  }
  const verdict = JSON.stringify({ success: true, review_issues: [], screenshots: Object.keys(screenshots) });
  transcript.say('Both themes look as planned. No issue blocks the release.').result(verdict, { durationMs: 158_000 });
  return [told('reviewer', 'review', '7e4c1a9b specs/issue-42-adw-7e4c1a9b-sdlc_planner-add-dark-mode.md', transcript)];
}

export function document(): ToldRole[] {
  const documenter = new Transcript({ role: 'documenter', model: SONNET })
    .init(TOOLS)
    .tool(
      bash(
        'git diff origin/main --stat',
        ' src/header.ts | 3 ++-\n src/main.ts | 3 ++-\n src/style.css | 12 ++++++++++--\n src/theme.ts | 15 +++++++++++++++',
      ),
    )
    .tool(
      write(
        'app_docs/feature-7e4c1a9b-dark-mode.md',
        '# Dark mode\n\nThe button in the header switches between light and dark.\n',
      ),
    )
    .say('Documented in `app_docs/feature-7e4c1a9b-dark-mode.md`.')
    .result('app_docs/feature-7e4c1a9b-dark-mode.md', { durationMs: 61_000 });
  return [told('documenter', 'document', '7e4c1a9b', documenter)];
}
