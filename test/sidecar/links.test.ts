import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyAdw } from '../../src/sidecar/replay/verify.ts';
import { serverForTest } from '../server/running.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { type Bed, ID, makeBed, note, readLog, untilLines } from './bed.ts';

const SECRET = 'what-nobody-may-see';
const PLAN = `issue-1-adw-${ID}-plan.md`;

/** A repository, and files outside of it that hold a secret. */
async function bedWithSecrets(): Promise<{ bed: Bed; url: string; outside: string }> {
  const { url } = await serverForTest();
  const outside = temporaryDirectory();
  for (const path of ['raw_output.jsonl', 'prompts/one.txt', PLAN, `agents/${ID}/x/raw_output.jsonl`]) {
    mkdirSync(dirname(join(outside, path)), { recursive: true });
    writeFileSync(join(outside, path), `${note(SECRET)}\n`);
  }
  return { bed: makeBed(url), url, outside };
}

const unreadable = async (url: string) =>
  (await readLog(url)).filter(({ data }) => data.event_type === 'file_unreadable').map(({ data }) => data.source?.path);

async function expectNoSecret(url: string): Promise<void> {
  expect(JSON.stringify(await readLog(url))).not.toContain(SECRET);
  const answer = await fetch(`${url}/api/v1/adws/${ID}/artifacts`);
  const { artifacts } = (await answer.json()) as { artifacts: { url: string }[] };
  for (const artifact of artifacts) expect(await (await fetch(url + artifact.url)).text()).not.toContain(SECRET);
}

describe('links in the tree, from the start', () => {
  it.each([
    ['a stream', `agents/${ID}/evil/raw_output.jsonl`, 'raw_output.jsonl', 'evil/raw_output.jsonl'],
    ['a prompt', `agents/${ID}/evil/prompts/one.txt`, 'prompts/one.txt', 'evil/prompts/one.txt'],
    ["a role's directory", `agents/${ID}/evil`, '', 'evil/'],
    ['trees/<id>', `trees/${ID}`, '', `trees/${ID}/`],
    ['trees/<id>/agents/<id>', `trees/${ID}/agents/${ID}`, `agents/${ID}`, `trees/${ID}/`],
    ['specs', 'specs', '', 'specs/'],
  ])('in the place of %s are not followed, and told', async (_what, link, target, path) => {
    const { bed, url, outside } = await bedWithSecrets();
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    mkdirSync(dirname(join(bed.root, link)), { recursive: true });
    symlinkSync(join(outside, target), join(bed.root, link));
    await bed.replay();
    expect(await unreadable(url)).toEqual([path]);
    await expectNoSecret(url);
    const { isComplete, files } = await verifyAdw(bed.options());
    expect(isComplete).toBe(link === 'specs');
    expect(files.find(file => file.path === path)?.difference?.what ?? 'specs').toMatch(/is a link|specs/);
  });

  it('in the place of the plan that a state names are not followed, inside of the repository neither', async () => {
    const { bed, url, outside } = await bedWithSecrets();
    bed.write('.env', `${note(SECRET)}\n`);
    mkdirSync(join(bed.root, 'docs'));
    symlinkSync(join(bed.root, '.env'), join(bed.root, 'docs', 'plan.md'));
    symlinkSync(outside, join(bed.root, 'out'));
    for (const plan of ['docs/plan.md', `out/${PLAN}`, join(outside, PLAN)]) {
      bed.write(`agents/${ID}/adw_state.json`, JSON.stringify({ adw_id: ID, plan_file: plan }));
      await bed.replay();
    }
    await expectNoSecret(url);
  });
});

describe('what cannot be read as it is', () => {
  it('a name that is no UTF-8 is told by the log and by verify, be it a file’s or a role’s', async () => {
    const { bed, url } = await bedWithSecrets();
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    const agents = Buffer.from(`${join(bed.root, 'agents', ID)}/`);
    const role = Buffer.concat([agents, Buffer.from([0x72, 0xff])]);
    mkdirSync(role);
    writeFileSync(Buffer.concat([role, Buffer.from('/raw_output.jsonl')]), `${note('two')}\n`);
    writeFileSync(Buffer.concat([agents, Buffer.from([0xfe]), Buffer.from('.jsonl')]), `${note('three')}\n`);
    await bed.replay();
    expect((await unreadable(url)).toSorted()).toEqual(['r\uFFFD', '\uFFFD.jsonl']);
    const { isComplete, files } = await verifyAdw(bed.options());
    expect(isComplete).toBe(false);
    expect(files.filter(({ difference }) => difference?.what.includes('no UTF-8'))).toHaveLength(2);
  });

  it('a sparse file of 200 GB holds nothing up, and is told', async () => {
    const { bed, url } = await bedWithSecrets();
    const sparse = bed.write(bed.stream('huge'), '');
    const growing = bed.write(bed.stream('growing'), `${note('one')}\n`);
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    truncateSync(sparse, 200e9);
    const { stop } = bed.watch();
    await untilLines(url, 'planner/raw_output.jsonl', [note('one')]);
    await untilLines(url, 'growing/raw_output.jsonl', [note('one')]);
    truncateSync(growing, 200e9);
    bed.write(bed.stream('next'), `${note('on')}\n`);
    await untilLines(url, 'next/raw_output.jsonl', [note('on')]);
    await until('both are told', async () => (await unreadable(url)).length === 2);
    await stop();
  });
});

describe('while a watch runs', () => {
  it.each([
    ['a stream', 'evil/raw_output.jsonl', 'raw_output.jsonl'],
    ["a role's directory", 'evil', ''],
    ['a prompt', 'evil/prompts/one.txt', 'prompts/one.txt'],
    ["the prompts' directory", 'evil/prompts', 'prompts'],
  ])('a link that takes the place of %s is not followed, and told', async (_what, link, target) => {
    const { bed, url, outside } = await bedWithSecrets();
    bed.write(bed.stream('evil'), `${note('mine')}\n`);
    bed.write(`agents/${ID}/evil/prompts/one.txt`, 'mine');
    const { stop } = bed.watch();
    await untilLines(url, 'evil/raw_output.jsonl', [note('mine')]);
    const place = join(bed.root, 'agents', ID, link);
    renameSync(place, `${place}.old`);
    symlinkSync(join(outside, target), place);
    await until('it is told', async () => (await unreadable(url)).some(path => path?.startsWith(link)));
    bed.write(bed.stream('next'), `${note('on')}\n`);
    await untilLines(url, 'next/raw_output.jsonl', [note('on')]);
    await stop();
    await expectNoSecret(url);
  });

  it('a FIFO that takes the place of a stream or a prompt holds nothing up', async () => {
    const { bed, url } = await bedWithSecrets();
    const stream = bed.write(bed.stream('evil'), `${note('mine')}\n`);
    const prompt = bed.write(`agents/${ID}/evil/prompts/one.txt`, 'mine');
    const { stop } = bed.watch();
    await untilLines(url, 'evil/raw_output.jsonl', [note('mine')]);
    for (const path of [stream, prompt]) {
      rmSync(path);
      execFileSync('mkfifo', [path]);
    }
    bed.write(bed.stream('next'), `${note('on')}\n`);
    await untilLines(url, 'next/raw_output.jsonl', [note('on')]);
    await stop();
  });
});
