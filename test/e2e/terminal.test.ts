import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serverForTest } from '../server/running.ts';
import { EXAMPLE_ID, exampleProject, temporaryDirectory } from './processes.ts';
import { openPane } from './tmux.ts';

const ID = 'abcd1234';
const said = (content: object) =>
  `${JSON.stringify({ type: 'assistant', message: { id: 'm', content: [content] } })}\n`;
const text = (words: string) => said({ type: 'text', text: words });
const call = (id: string, command: string) => said({ type: 'tool_use', id, name: 'Bash', input: { command } });
const result = (id: string, output: string) =>
  `${JSON.stringify({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: id, content: output }] } })}\n`;

/** An ADW that is at work, and the file its planner writes. */
async function workingProject() {
  const root = await temporaryDirectory();
  const role = join(root, 'agents', ID, 'sdlc_planner');
  await mkdir(role, { recursive: true });
  const file = join(role, 'raw_output.jsonl');
  await writeFile(file, text('I shall look around.'));
  return { root, write: (line: string) => appendFile(file, line) };
}

/** What a terminal would obey: title, colours, clipboard, path, screens, modes, cursor, margins, tabs, sets of characters. */
const ATTACKS = [
  ...[
    '0;owned',
    '2;owned',
    '4;1;rgb:ff/00/00',
    '7;file:///owned',
    '10;#ff0000',
    '11;#00ff00',
    '12;#0000ff',
    '52;c;b3duZWQ=',
  ].map(words => `\u001b]${words}\u0007`),
  '\u001b]0;owned\u001b\\',
  '\u001b]8;;http://owned\u001b\\link\u001b]8;;\u001b\\',
  '\u001bkowned\u001b\\',
  '\u001bP$q"p\u001b\\\u001b_owned\u001b\\\u001b^owned\u001b\\',
  ...[
    '2J',
    'H',
    '10A',
    '5;10r',
    '3g',
    '?1049h',
    '?25l',
    '?1000h',
    '?1003h',
    '?1006h',
    '?2004h',
    '?7l',
    '?6h',
    '4h',
    '5 q',
    '31;41m',
    '8m',
  ].map(words => `\u001b[${words}`),
  '\u001b=\u001b(0\u000e\u001bH\u001bc',
  '\u009b2J\u009d0;owned\u009c',
  '\r\u001b[K\b\b\b\u0007',
  '\u202egnp.exe\u2066',
];

const rules = (screen: string) => screen.split('\n').filter(line => /^─+$/.test(line));

describe('watch on a terminal', () => {
  test.each([
    [80, 24],
    [160, 50],
  ])('shows the log with a status block below it at %i×%i, and follows every resize', async (columns, rows) => {
    const server = await serverForTest();
    const { root, write } = await workingProject();
    const pane = await openPane(['watch', ID, '--server', server.url], { columns, rows, cwd: root });
    await pane.shows(/sdlc_planner +│ ● I shall look around\./);
    await write(call('t1', 'npm run the-long-job'));
    const working = await pane.shows(/● sdlc_planner +Bash npm run the-long-job/);
    expect(working).toMatch(/▸ plan.*○ build/);
    expect(rules(working)).toEqual(['─'.repeat(columns - 1)]);
    await write(result('t1', 'fine'));
    await pane.shows(/│ ✓ Bash npm run the-long-job/);
    await write(text('# Done\nAll **good**.'));
    await pane.shows(/● Done\n.*│ +All good\./);
    for (const [width, height] of [
      [100, 30],
      [60, 20],
      [120, 40],
      [columns, rows],
    ] as const) {
      await pane.resize(width, height);
      const screen = await pane.shows(new RegExp(`(^|\n)─{${width - 1}}\n`));
      expect(rules(screen)).toEqual(['─'.repeat(width - 1)]);
      expect(screen.split('\n').at(-1)).toMatch(new RegExp(`^● ${ID} running`));
    }
  });

  test.each([
    [80, 24],
    [160, 50],
  ])('shows the example as it ended at %i×%i, while the terminal is resized', async (columns, rows) => {
    const server = await serverForTest();
    const { root, agents } = await exampleProject();
    const args = ['watch', EXAMPLE_ID, '--agents-dir', agents, '--server', server.url];
    const pane = await openPane(args, { columns, rows, cwd: root });
    await pane.shows(new RegExp(`^✓ ${EXAMPLE_ID} completed .*up to date`, 'm'));
    for (const [width, height] of [
      [100, 30],
      [70, 20],
      [columns, rows],
    ] as const) {
      await pane.resize(width, height);
      const screen = await pane.shows(new RegExp(`(^|\n)─{${width - 1}}\n`));
      expect(rules(screen)).toEqual(['─'.repeat(width - 1)]);
      expect(screen).toMatch(/✓ plan .*✓ build /);
      expect(screen).toMatch(new RegExp(`✓ ${EXAMPLE_ID} completed +39 tools`));
    }
    if (columns === 160) expect(await pane.shows(/\$0\.67/)).toMatch(/│ ■ done, \d+ turns/);
  });

  test('gives the terminal back on Ctrl-Z, and has its block again when it is continued', async () => {
    const server = await serverForTest();
    const { root, write } = await workingProject();
    const args = ['watch', ID, '--server', server.url];
    const around = (command: string) => `set -m; ${command}${'; echo stopped; read -r enter; fg'.repeat(2)}`;
    const pane = await openPane(args, { columns: 100, rows: 24, cwd: root, around });
    await pane.shows(/up to date/);
    for (const round of [1, 2]) {
      await pane.type('C-z');
      expect(rules(await pane.shows(/stopped$/))).toEqual([]);
      expect(await pane.state('cursor_flag')).toEqual(['1']);
      await pane.type('Enter');
      await write(text(`round ${round}`));
      const screen = await pane.shows(new RegExp(`stopped\\n(.*\\n)*.*round ${round}\\n─+\\n(.*\\n)+● ${ID} running`));
      expect(rules(screen)).toHaveLength(1);
      expect(await pane.state('cursor_flag')).toEqual(['0']);
    }
    await pane.type('C-c');
    await pane.shows(/exit 130$/);
  });

  test('goes on after Ctrl-Z where no shell could continue it', async () => {
    const server = await serverForTest();
    const { root, write } = await workingProject();
    const pane = await openPane(['watch', ID, '--server', server.url], { columns: 100, rows: 24, cwd: root });
    await pane.shows(/up to date/);
    await pane.type('C-z');
    await write(text('still here'));
    expect(rules(await pane.shows(/still here\n─+\n(.*\n)+● abcd1234 running/))).toHaveLength(1);
  });

  test('shows the cursor again when Ctrl-\\ ends it', async () => {
    const server = await serverForTest();
    const { root } = await workingProject();
    const pane = await openPane(['watch', ID, '--server', server.url], { columns: 100, rows: 24, cwd: root });
    await pane.shows(/up to date/);
    await pane.type('C-\\');
    expect(rules(await pane.shows(/exit 131$/))).toEqual([]);
    expect(await pane.state('cursor_flag')).toEqual(['1']);
  });

  test('leaves the log and a summary on Ctrl-C, and the terminal as it was', async () => {
    const server = await serverForTest();
    const { root } = await workingProject();
    const pane = await openPane(['watch', ID, '--server', server.url], { columns: 100, rows: 24, cwd: root });
    await pane.shows(/up to date/);
    await pane.shows(/I shall look around/);
    await pane.type('C-c');
    const screen = await pane.shows(/exit 130/);
    expect(screen).toMatch(/I shall look around\.\n(.*\n)*✓ abcd1234: 1 file, 1 line \(1 new, 0 duplicates\)/);
    expect(rules(screen)).toEqual([]);
    expect(await pane.state('cursor_flag', 'alternate_on')).toEqual(['1', '0']);
  });

  test('quits at once on a second Ctrl-C, also when the server does not answer', async () => {
    const { root } = await workingProject();
    const pane = await openPane(['watch', ID, '--server', 'http://127.0.0.1:9'], { columns: 80, rows: 24, cwd: root });
    // Nothing is read before the server says where its log stands: the block says why nothing is shown.
    await pane.shows(/127\.0\.0\.1:9 does not answer, \d+ B waiting/);
    await pane.type('C-c');
    await pane.type('C-c');
    await pane.shows(/exit 130/);
    expect(await pane.state('cursor_flag')).toEqual(['1']);
  });

  test('a hostile log moves nothing, hides nothing, and leaves the terminal as it was', async () => {
    const server = await serverForTest();
    const { root, write } = await workingProject();
    const args = ['watch', ID, '--server', server.url];
    const pane = await openPane(args, { columns: 100, rows: 30, cwd: root, held: true });
    const before = await pane.settings();
    await pane.begin();
    await pane.shows(/I shall look around/);
    const evil = join(root, 'agents', ID, 'evil\u001b]2;owned\u0007\u001b[2J');
    await mkdir(evil);
    await writeFile(join(evil, 'raw_output.jsonl'), text('from a role with a name'));
    await writeFile(
      join(root, 'agents', ID, 'adw_state.json'),
      JSON.stringify({ adw_id: ID, branch_name: ATTACKS.join('') }),
    );
    await pane.shows(/evil.*from a role with a name/);
    for (const [index, attack] of ATTACKS.entries()) {
      await write(text(`attack ${index} ${attack} over`));
      await write(call(`c${index}`, `run ${index} ${attack} it`));
      await write(result(`c${index}`, attack));
      await write(said({ type: 'thinking', thinking: attack }));
      await write(`not JSON ${attack}\n`);
    }
    await write(text('the last words'));
    const screen = await pane.shows(/the last words/);
    expect(screen).toMatch(/not JSON/);
    await pane.type('C-c');
    const left = await pane.shows(/exit 130$/);
    expect(left).toMatch(/all\s+in\s+the\s+log/);
    expect(await pane.settings()).toEqual(before);
    // Neither colour nor another set of characters goes on behind us.
    expect((await pane.screen('colors')).split('\n').at(-1)).toBe('exit 130');
    expect(await pane.recording()).not.toMatch(
      /owned\u0007|\u001b[\](P_^k#c=>N()]|[\u0007\u000e\u000f\u009b-\u009f\u202e]/,
    );
  });

  test('without colour where NO_COLOR says so', async () => {
    const server = await serverForTest();
    const { root } = await workingProject();
    const options = { columns: 80, rows: 24, cwd: root };
    const [plain, colored] = await Promise.all([
      openPane(['watch', ID, '--server', server.url], { ...options, env: { NO_COLOR: '1' } }),
      openPane(['tail', ID], options),
    ]);
    await plain.shows(/up to date/);
    expect(await plain.screen('colors')).not.toContain('\u001b[3');
    await colored.shows(/look around/);
    expect(await colored.screen('colors')).toContain('\u001b[3');
  });
});

describe('without an id', () => {
  test('a person picks one by typing a part of it', async () => {
    const { root } = await exampleProject();
    await mkdir(join(root, 'agents', 'zzzz9999'));
    const pane = await openPane(['status'], { columns: 100, rows: 40, cwd: root });
    await pane.shows(/Which ADW\?/);
    await pane.type(EXAMPLE_ID.slice(0, 4));
    await pane.shows(new RegExp(`Search:.*${EXAMPLE_ID.slice(0, 4)}`));
    await pane.type('Enter');
    expect(await pane.shows(/exit 0/)).toMatch(new RegExp(`${EXAMPLE_ID} +✓ completed`));
  });

  test('leaving without picking is no error to explain', async () => {
    const { root } = await exampleProject();
    const pane = await openPane(['replay'], { columns: 100, rows: 40, cwd: root });
    await pane.shows(/Which ADW\?/);
    await pane.type('C-c');
    expect(await pane.shows(/exit 130/)).not.toContain('fault');
  });
});

describe('replay on a terminal', () => {
  test('ends with its summary, and no spinner left behind', async () => {
    const server = await serverForTest();
    const { root } = await exampleProject();
    const pane = await openPane(['replay', EXAMPLE_ID, '--server', server.url], { columns: 120, rows: 24, cwd: root });
    const screen = await pane.shows(/exit \d/);
    // On a busy machine an attempt may have been repeated, which is said.
    expect(screen).toMatch(/^before\n(! .*\n)*✓ 7e4c1a9b: 9 files, .* all in the log\n(! .*\n)*exit 0$/);
    expect(await pane.state('cursor_flag')).toEqual(['1']);
  });
});
