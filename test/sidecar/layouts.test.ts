import { appendFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyAdw } from '../../src/sidecar/replay/verify.ts';
import { serverForTest } from '../server/running.ts';
import { type Bed, ID, linesOf, makeBed, note, type ReadEvent, readLog, untilLines } from './bed.ts';

/** Replays a bed into a server of its own and answers the log; disk and log must agree. */
async function replayed(prepare: (bed: Bed) => void): Promise<{ events: ReadEvent[]; bed: Bed; url: string }> {
  const server = await serverForTest();
  const bed = makeBed(server.url);
  prepare(bed);
  await bed.replay();
  const verification = await verifyAdw(bed.options());
  expect(verification.files.filter(({ difference }) => difference)).toEqual([]);
  return { events: await readLog(server.url), bed, url: server.url };
}

const ofType = (events: readonly ReadEvent[], type: string) => events.filter(event => event.type === type);

describe('where streams lie', () => {
  it.each([
    ['in a role directory', 'planner/raw_output.jsonl', 'planner'],
    ['under the newer name', 'planner/cc_raw_output.jsonl', 'planner'],
    ["directly in the ADW's directory", 'raw_output.jsonl', 'agent'],
    ['under a name of their own', 'visual_check_1a2b3c4d.jsonl', 'visual_check_1a2b3c4d'],
    ['in a role whose name ends with a dot', 'build-./cc_raw_output.jsonl', 'build-.'],
  ])('%s', async (_where, path, role) => {
    const { events } = await replayed(bed => bed.write(join('agents', ID, path), `${note('one')}\n`));
    expect(linesOf(events, path)).toEqual([note('one')]);
    expect(ofType(events, 'text_block')[0]?.data).toMatchObject({ agent_role: role });
  });

  it('in the worktree of an isolated workflow, beside the main checkout', async () => {
    const { events } = await replayed(bed => {
      bed.write(bed.stream('planner'), `${note('main')}\n`);
      bed.write(join('trees', ID, 'agents', ID, 'planner', 'raw_output.jsonl'), `${note('tree')}\n`);
    });
    expect(linesOf(events, 'planner/raw_output.jsonl')).toEqual([note('main')]);
    expect(linesOf(events, `trees/${ID}/planner/raw_output.jsonl`)).toEqual([note('tree')]);
  });

  it('in a role that only the worktree has, whose time is that of its directory', async () => {
    const { events } = await replayed(bed => {
      bed.write(bed.stream('planner'), `${note('main')}\n`);
      bed.write(join('trees', ID, 'agents', ID, 'tester', 'raw_output.jsonl'), `${note('tree')}\n`);
    });
    expect(events.some(({ data }) => data.agent_role === 'tester')).toBe(true);
    expect(events.filter(({ data }) => String(data.timestamp).startsWith('1970'))).toEqual([]);
  });

  it('but not in raw_output.json, which repeats them', async () => {
    const { events } = await replayed(bed => {
      bed.write(bed.stream('planner'), `${note('one')}\n`);
      bed.write(bed.stream('planner', 'raw_output.json'), `[${note('one')}]`);
    });
    expect(ofType(events, 'text_block')).toHaveLength(1);
  });
});

describe('a file in UTF-16', () => {
  const said = ['one \u010a', '\u0a0a 上', 'last \u0a00'];
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');

  it('is read by characters: no byte of one ends a line, nothing waits or comes twice, and verify agrees', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const path = bed.stream('planner');
    const file = bed.write(path, utf16(`\ufeff${said.slice(0, 2).map(note).join('\r\n')}\r`));
    const watch = bed.watch();
    await untilLines(server.url, 'planner/raw_output.jsonl', [`${note(said[0]!)}\r`, `${note(said[1]!)}\r`]);
    appendFileSync(file, utf16(`\n${note(said[2]!)}`));
    const lines = [`${note(said[0]!)}\r`, `${note(said[1]!)}\r`, note(said[2]!)];
    await untilLines(server.url, 'planner/raw_output.jsonl', lines);
    await watch.stop();
    await bed.replay();
    const verification = await verifyAdw(bed.options());
    expect(verification.files).toMatchObject([{ lines: 3, missingLines: 0, difference: undefined }]);
    const events = await readLog(server.url);
    expect(ofType(events, 'text_block').map(({ data }) => data.content)).toEqual(said);
    expect(ofType(events, 'malformed_line')).toEqual([]);
  });

  it('tells of the run too: its state', async () => {
    const { events } = await replayed(bed => {
      bed.write(join('agents', ID, 'adw_state.json'), utf16('\ufeff{"adw_id":"abcd1234","issue_number":"42"}'));
    });
    expect(ofType(events, 'agent_updated')[0]?.data).toMatchObject({ state: { issue_number: '42' } });
  });
});

describe('the order of a replay', () => {
  const roles = [
    'documenter',
    'issue_classifier',
    'my_own',
    'sdlc_implementor',
    'sdlc_planner',
    'sdlc_planner_committer',
  ];
  const begun = (events: readonly ReadEvent[]) => ofType(events, 'attempt_started').map(({ data }) => data.agent_role);

  it('is that of the workflow when a checkout wrote all files at once', async () => {
    const { events } = await replayed(bed => {
      for (const role of roles) bed.write(bed.stream(role), `${note(role)}\n`);
    });
    expect(begun(events)).toEqual([
      'issue_classifier',
      'sdlc_planner',
      'sdlc_planner_committer',
      'sdlc_implementor',
      'documenter',
      'my_own',
    ]);
  });

  it('is that of the files where their times tell', async () => {
    const { events } = await replayed(bed => {
      for (const [n, role] of roles.entries()) {
        const path = bed.write(bed.stream(role), `${note(role)}\n`);
        utimesSync(path, 1_700_000_000 + n * 60, 1_700_000_000 + n * 60);
      }
    });
    expect(begun(events)).toEqual(roles);
  });
});

describe('what lines may hold', () => {
  const path = 'planner/raw_output.jsonl';
  const withContent = (content: string | Buffer) => replayed(bed => bed.write(bed.stream('planner'), content));

  it('CRLF, a byte order mark, blank lines', async () => {
    const { events } = await withContent(`\ufeff${note('one')}\r\n\r\n\n${note('two')}\r\n`);
    expect(linesOf(events, path)).toHaveLength(4);
    expect(ofType(events, 'text_block').map(({ data }) => data.content)).toEqual(['one', 'two']);
    expect(ofType(events, 'malformed_line')).toEqual([]);
  });

  it('invalid UTF-8 and NUL, which are said to be malformed and harm no neighbour', async () => {
    const bad = Buffer.concat([
      Buffer.from(`${note('one')}\n`),
      Buffer.from([0xff, 0xfe, 0x00, 0x41, 0x0a]),
      Buffer.from(`${note('two')}\n`),
    ]);
    const { events } = await withContent(bad);
    expect(ofType(events, 'malformed_line')).toHaveLength(1);
    expect(ofType(events, 'text_block').map(({ data }) => data.content)).toEqual(['one', 'two']);
  });

  it('text glued in front of the JSON, which is a note and no fault', async () => {
    const { events } = await withContent(`MCP server 'x' requires authentication using: /mcp auth x${note('one')}\n`);
    expect(ofType(events, 'malformed_line')).toEqual([]);
    expect(ofType(events, 'agent_log').map(({ data }) => data.message)).toContainEqual(
      expect.stringContaining('/mcp auth x'),
    );
    expect(ofType(events, 'text_block')).toHaveLength(1);
  });

  it('nothing at all', async () => {
    const { events } = await withContent('');
    expect(linesOf(events, path)).toEqual([]);
  });

  it('megabytes: they travel as an artifact, whole', async () => {
    const long = note('x'.repeat(3_000_000));
    const { events, url } = await withContent(`${note('before')}\n${long}\n${note('after')}\n`);
    const lines = linesOf(events, path);
    expect(lines).toHaveLength(3);
    const reference = JSON.parse(lines[1] ?? '') as { artifact: string; bytes: number };
    expect(reference.bytes).toBe(long.length);
    const stored = await fetch(`${url}/api/v1/adws/${ID}/artifacts/${reference.artifact}`);
    expect(await stored.text()).toBe(long);
  });

  it('secrets, which never leave the machine', async () => {
    const key = `sk-ant-api03-${'Ab1'.repeat(31)}AA`;
    const { events, bed, url } = await withContent(`${note(`the key is ${key}`)}\n`);
    expect(JSON.stringify(events)).not.toContain(key);
    expect(linesOf(events, path)[0]).toContain('[redacted:');
    const open = await serverForTest();
    await bed.replay({ server: open.url, redact: false, stateDir: join(bed.root, 'other') });
    expect(JSON.stringify(await readLog(open.url))).toContain(key);
    expect(url).not.toBe(open.url);
  });

  it('an image, twice on the line: stored once, and nothing of it in the log', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      'base64',
    );
    const data = Buffer.concat([png, Buffer.alloc(2_000)]).toString('base64');
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data } };
    const line = JSON.stringify({
      type: 'user',
      message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [image] }] },
      tool_use_result: [image],
    });
    const { events, url } = await withContent(`${line}\n`);
    expect(JSON.stringify(events)).not.toContain(data.slice(0, 200));
    const [artifact] = ofType(events, 'artifact');
    const stored = await fetch(url + String(artifact?.data.url));
    expect(Buffer.from(await stored.arrayBuffer()).toString('base64')).toBe(data);
  });
});

describe('plans', () => {
  it('are found by name in specs/ of the repository, of a part of it, and of the worktree, and by the state', async () => {
    const { events } = await replayed(bed => {
      bed.write(bed.stream('planner'), `${note('one')}\n`);
      bed.write(`specs/issue-1-adw-${ID}-sdlc_planner-a.md`, '# a');
      bed.write(`specs/patch/patch-adw-${ID}-b.md`, '# b');
      bed.write(`app/specs/chore-${ID}-c.md`, '# c');
      bed.write(`trees/${ID}/specs/issue-1-adw-${ID}-d.md`, '# d');
      bed.write('docs/plan-e.md', '# e');
      bed.write(`agents/${ID}/${ID}_plan_spec.md`, '# f');
      bed.write(`specs/issue-2-adw-${ID}9-other.md`, '# of another ADW');
      bed.write(`agents/${ID}/adw_state.json`, JSON.stringify({ adw_id: ID, plan_file: 'docs/plan-e.md' }));
    });
    const specs = ofType(events, 'spec_created').map(({ data }) => [data.spec_path, data.spec_type]);
    expect(specs.sort()).toEqual([
      [`${ID}_plan_spec.md`, 'plan'],
      [`app/specs/chore-${ID}-c.md`, 'plan'],
      ['docs/plan-e.md', 'plan'],
      [`specs/issue-1-adw-${ID}-sdlc_planner-a.md`, 'plan'],
      [`specs/patch/patch-adw-${ID}-b.md`, 'patch'],
      [`trees/${ID}/specs/issue-1-adw-${ID}-d.md`, 'plan'],
    ]);
  });

  it('that the state names outside the repository are not read', async () => {
    const { events } = await replayed(bed => {
      bed.write(bed.stream('planner'), `${note('one')}\n`);
      bed.write(
        `agents/${ID}/adw_state.json`,
        JSON.stringify({ adw_id: ID, plan_file: '../../../../etc/motd.md', worktree_path: '/etc' }),
      );
    });
    expect(ofType(events, 'spec_created')).toEqual([]);
  });
});
