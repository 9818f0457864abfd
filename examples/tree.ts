import { drawPng } from './png.ts';
import { build, document, plan, review, test } from './story.ts';
import type { Transcript } from './transcript.ts';

/** The id of the example's ADW. */
export const EXAMPLE_ID = '7e4c1a9b';
const PLAN_FILE = `specs/issue-42-adw-${EXAMPLE_ID}-sdlc_planner-add-dark-mode.md`;

/** The state file as the workflow left it. */
const STATE = {
  adw_id: EXAMPLE_ID,
  issue_number: '42',
  issue_title: 'Add a dark mode toggle',
  issue_class: '/feature',
  branch_name: `feature-issue-42-adw-${EXAMPLE_ID}-add-dark-mode`,
  plan_file: PLAN_FILE,
  model_set: 'base',
  worktree_path: null,
  backend_port: 9107,
  frontend_port: 9207,
  all_adws: ['adw_plan_iso', 'adw_build_iso', 'adw_test_iso', 'adw_review_iso', 'adw_document_iso'],
};

const LOG = [
  '2026-03-02 09:14:02 - INFO - ADW Logger initialized - ID: 7e4c1a9b',
  '2026-03-02 09:14:02 - INFO - ADW SDLC starting for issue 42',
  '2026-03-02 09:14:04 - DEBUG - Fetched issue: {',
  '  "number": 42,',
  '  "title": "Add a dark mode toggle",',
  '  "state": "open"',
  '}',
  '2026-03-02 09:14:19 - INFO - Issue classified as: /feature',
  '2026-03-02 09:14:31 - INFO - Working on branch: feature-issue-42-adw-7e4c1a9b-add-dark-mode',
  '2026-03-02 09:17:40 - INFO - Plan file created: specs/issue-42-adw-7e4c1a9b-sdlc_planner-add-dark-mode.md',
  '2026-03-02 09:24:51 - INFO - Implementation completed',
  '2026-03-02 09:25:30 - ERROR - test_runner: 1 of 24 tests failed, retrying in 1 s (attempt 1 of 3)',
  '2026-03-02 09:27:12 - INFO - test_runner: all 24 tests passed (attempt 2 of 3)',
  '2026-03-02 09:30:05 - INFO - Review passed, 2 screenshots',
  '2026-03-02 09:31:20 - INFO - ADW SDLC completed',
];

/** Two pictures of the made-up application. */
export const SCREENSHOTS = {
  '01_light_mode.png': screen({ page: 'f7f7f5', card: 'ffffff', ink: '33373d', accent: '3b6ea8' }),
  '02_dark_mode.png': screen({ page: '16191d', card: '22272e', ink: 'c9d1d9', accent: '6cb6ff' }),
};

function screen({ page, card, ink, accent }: Record<'page' | 'card' | 'ink' | 'accent', string>): Buffer {
  const line = (y: number, width: number) => ({ x: 150, y, width, height: 6, color: ink });
  return drawPng([
    { x: 0, y: 0, width: 480, height: 300, color: page },
    { x: 0, y: 0, width: 480, height: 36, color: card },
    { x: 16, y: 12, width: 90, height: 12, color: accent },
    { x: 432, y: 10, width: 32, height: 16, color: accent },
    { x: 16, y: 52, width: 104, height: 232, color: card },
    { x: 136, y: 52, width: 328, height: 106, color: card },
    { x: 136, y: 174, width: 328, height: 110, color: card },
    ...[72, 90, 108, 126].map((y, index) => line(y, 280 - index * 44)),
    ...[194, 212, 230, 248].map((y, index) => line(y, 200 + index * 26)),
  ]);
}

/**
 * Every file of the example by its path below `examples/`. It is made up, but it has what real trees have: one workflow
 * from plan to document. The same story gives the same bytes.
 */
export function exampleFiles(): Map<string, string | Buffer> {
  const agents = `agents/${EXAMPLE_ID}`;
  const files = new Map<string, string | Buffer>();
  for (const { role, prompt, transcript } of [
    ...plan(PLAN_FILE),
    ...build(),
    ...test(),
    ...review(SCREENSHOTS),
    ...document(),
  ]) {
    files.set(`${agents}/${role}/prompts/${prompt.command}.txt`, `/${prompt.command} ${prompt.text}\n`);
    files.set(`${agents}/${role}/raw_output.jsonl`, toLines(transcript));
    files.set(`${agents}/${role}/raw_output.json`, `${JSON.stringify(transcript.lines, null, 2)}\n`);
  }
  for (const [name, png] of Object.entries(SCREENSHOTS)) files.set(`${agents}/reviewer/review_img/${name}`, png);
  files.set(`${agents}/adw_sdlc_iso/execution.log`, `${LOG.join('\n')}\n`);
  files.set(`${agents}/adw_state.json`, `${JSON.stringify(STATE, null, 2)}\n`);
  return files.set(PLAN_FILE, PLAN);
}

function toLines({ lines }: Transcript): string {
  return lines.map(line => `${JSON.stringify(line)}\n`).join('');
}

const PLAN = `# Feature: Add a dark mode toggle

## Metadata

issue_number: \`42\` · adw_id: \`${EXAMPLE_ID}\`

## Description

Readers ask for a dark theme. A toggle in the header switches it; the choice is kept in \`localStorage\` and follows the
system setting until it is made.

## Relevant files

| file | why |
|---|---|
| \`src/theme.ts\` | new: reads, applies and keeps the choice |
| \`src/header.ts\` | gets the toggle |
| \`src/style.css\` | colours become custom properties |
| \`test/theme.test.ts\` | new |

## Tasks

- [x] Move colours to custom properties
- [x] Add \`src/theme.ts\` with \`loadTheme\`, \`applyTheme\`, \`toggleTheme\`
- [x] Add the toggle to the header, with a label for screen readers
- [x] Test that the choice survives a reload
- [ ] Follow the system setting while the page is open

## Validation

\`\`\`sh
npm test
npm run build
\`\`\`
`;
