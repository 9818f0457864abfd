import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workflowRank } from '../../src/adw/phase.ts';
import { serverForTest } from '../server/running.ts';
import { until } from '../support/until.ts';
import { openPane, type Pane } from './tmux.ts';
import { copyOf, largestAdw, type Tree, trees } from './trees.ts';

/** Sizes that the terminal goes through while the agent works; it ends as it began. */
const SIZES = [
  [100, 30],
  [60, 20],
  [44, 12],
  [160, 50],
  [80, 24],
] as const;
/** Lines of the stream that are there before the watch begins. */
const BEFORE = 3;

const isRule = (line: string) => /^─+$/.test(line);

/** The tree's largest ADW in the middle of its last role: what that is still to write is given back. */
async function atWork(tree: Tree) {
  const { root, agents } = await copyOf(tree);
  const { id, counted } = await largestAdw(agents);
  const last = Object.keys(counted.streams)
    .toSorted((a, b) => workflowRank(roleOf(a)) - workflowRank(roleOf(b)))
    .at(-1);
  if (last === undefined) throw new Error(`${id} has no stream.`);
  const lines = counted.streams[last] ?? [];
  const file = join(agents, id, last);
  await writeFile(
    file,
    lines.slice(0, BEFORE).map(line => `${line}\n`),
  );
  return { root, id, counted, file, role: roleOf(last), coming: lines.slice(BEFORE) };
}

const roleOf = (path: string) => path.split('/')[0] ?? '';

/** The block of the screen, whole and in its place, whatever the size: answers its lines and those of the log above. */
async function settled(pane: Pane, { id, columns }: { id: string; columns: number }) {
  const whole = new RegExp(`(^|\n)─{${columns - 1}}\n(.*\n)*. ${id} \\w+.*$`);
  const lines = (await pane.shows(whole)).split('\n');
  const at = lines.findLastIndex(isRule);
  return { log: lines.slice(0, at), block: lines.slice(at + 1) };
}

/** What `watch` may say to a terminal: colours, and the few sequences of its block, all of them within a frame. */
function expectFramesOnly(recording: string): void {
  const frames = recording.split('\u001b[?2026h');
  expect(frames.length).toBeGreaterThan(SIZES.length);
  const before = frames.shift() ?? '';
  expect(before).not.toMatch(/\u001b\[(?!\d+m)/);
  for (const frame of frames) {
    const [inside = '', after = '', ...more] = frame.split('\u001b[?2026l');
    expect(more).toEqual([]);
    expect(after.replace('\u001b[?25h', '')).not.toMatch(/\u001b\[(?!\d+m)/);
    const words = inside.replaceAll(/\u001b\[(\?25l|\?7[hl]|[JB]|\d+A|\d+m)/g, '');
    expect(words).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/);
  }
}

const TREES = trees();

describe.each(TREES.map(tree => [tree.name, tree] as const))('watch of the tree %s', (_name, tree) => {
  test.each([
    [80, 24],
    [160, 50],
  ])('follows its last role at %i×%i, through every resize, and leaves a log behind', async (columns, rows) => {
    const server = await serverForTest({ idFormat: 'any' });
    const { root, id, counted, file, role, coming } = await atWork(tree);
    const args = ['watch', id, '-n', '1000', '--id-format', 'any', '--server', server.url];
    const pane = await openPane(args, { columns, rows, cwd: root, held: true });
    const before = await pane.settings();
    await pane.begin();
    await pane.shows(new RegExp(`● ${id} running .*up to date`));
    const share = Math.ceil(coming.length / (SIZES.length + 1));
    const more = () =>
      appendFile(
        file,
        coming
          .splice(0, share)
          .map(line => `${line}\n`)
          .join(''),
      );
    // Of a whole screen: in the middle of a frame the block is away.
    const isFull = async (width: number) => {
      const { log, block } = await settled(pane, { id, columns: width });
      return log.length + 1 + block.length >= Number((await pane.state('pane_height'))[0]);
    };
    // A block that becomes lower, as once it has caught up, leaves empty rows: a lower window fills them from the history.
    const fill = async (width: number, height: number) => {
      for (const next of [Math.floor(height / 2), height]) {
        await pane.resize(width, next);
        await settled(pane, { id, columns: width });
      }
      return isFull(width);
    };
    let wasFull = await fill(columns, rows);
    // Its last frame of catching up may come after it has said so.
    if (tree === TREES[0]) wasFull ||= await until('the screen is full', () => fill(columns, rows));
    let whileFull = 0;
    let sizeBefore: readonly [number, number] = [columns, rows];
    for (const [width, height] of [...SIZES, [columns, rows] as const]) {
      await more();
      // tmux moves a line into its history for each line that it breaks, also while there is room below, and the block with
      // them: only a full screen stays as it is.
      wasFull &&= (await isFull(sizeBefore[0])) || (await fill(...sizeBefore));
      sizeBefore = [width, height];
      await pane.resize(width, height);
      const { log, block } = await settled(pane, { id, columns: width });
      if (wasFull) expect(log.filter(isRule)).toEqual([]);
      if (wasFull) whileFull += 1;
      expect(block.length).toBeGreaterThanOrEqual(2);
      expect(block.length).toBeLessThanOrEqual(Math.max(3, Math.floor(height / 3)));
    }
    expect(coming).toEqual([]);
    if (tree === TREES[0]) expect(whileFull).toBeGreaterThanOrEqual(3);
    const calls = counted.calls.toLocaleString('en-US');
    const hasEnded = counted.errors.every(error => error !== undefined);
    // A last role that has ended leaves the run between roles until it has been quiet for the settle time.
    await pane.shows(new RegExp(`\n\\S ${id} \\w+(?: \\w+)*  ${calls} tools? .*up to date$`));
    // The last line may come in a frame of its own, and with it the cost.
    if (hasEnded) await pane.shows(new RegExp(`─\n.* \\$${counted.cost.toFixed(2).replace('.', '\\.')}`));
    const { log, block } = await settled(pane, { id, columns });
    expect(log.at(-1)).toContain('│');
    expect(log.join('\n')).toContain(role.slice(0, 12));
    if (hasEnded) expect(block[0]).toContain(` $${counted.cost.toFixed(2)}`);
    await pane.type('C-c');
    const left = await pane.shows(/exit 130$/);
    if (wasFull) expect(left.split('\n').filter(isRule)).toEqual([]);
    expect(left).toMatch(new RegExp(`${id}: \\d+ files?, [^│]* all\\s+in\\s+the\\s+log`));
    expect(await pane.settings()).toEqual(before);
    expectFramesOnly(await pane.recording());
  });
});
