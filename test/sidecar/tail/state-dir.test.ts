import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultStateDir } from '../../../src/sidecar/tail/state-dir.ts';
import { serverForTest } from '../../server/running.ts';
import { ID, makeBed, note, readLog, untilLines } from '../bed.ts';

describe('the state of a repository', () => {
  it('is kept below the user’s state directory, apart for each repository', () => {
    const env = { XDG_STATE_HOME: '/home/me/state', HOME: '/home/me' };
    const directory = defaultStateDir('/srv/shop/agents', env);
    expect(directory).toMatch(/^\/home\/me\/state\/adw-stream\/shop-[0-9a-f]{12}$/);
    expect(defaultStateDir('/srv/other/shop/agents', env)).not.toBe(directory);
    expect(defaultStateDir('/srv/shop/agents', env)).toBe(directory);
    expect(defaultStateDir('/agents', env)).toMatch(/\/root-[0-9a-f]{12}$/);
  });

  it('is where the specification says when no such directory is named, or a relative one', () => {
    const below = '/home/me/.local/state/adw-stream/';
    expect(defaultStateDir('/a/agents', { HOME: '/home/me' })).toContain(below);
    expect(defaultStateDir('/a/agents', { HOME: '/home/me', XDG_STATE_HOME: 'state' })).toContain(below);
    expect(defaultStateDir('/a/agents', {})).toContain(join(homedir(), '.local/state/adw-stream'));
  });
});

describe('what others have put into the state directory', () => {
  const KINDS = ['journal', 'journal.1', 'checkpoint.json', 'checkpoint.json.tmp', 'rejected.ndjson'];

  it.each([
    ['links', symlinkSync],
    ['second names', linkSync],
  ])('%s in the places of all files cost no line, and what they lead to stays as it was', async (_what, link) => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const victim = bed.write('home/.bashrc', '# mine\n');
    mkdirSync(bed.stateDir);
    for (const kind of KINDS) link(victim, join(bed.stateDir, `${ID}.${kind}`));
    const path = bed.stream('$(touch pwned)', 'cc_raw_output.jsonl');
    bed.write(path, `${note('one')}\n`);
    const { stop } = bed.watch();
    await untilLines(server.url, '$(touch pwned)/cc_raw_output.jsonl', [note('one')]);
    await stop();
    expect(readFileSync(victim, 'utf8')).toBe('# mine\n');
    expect(bed.warnings.join('\n')).toMatch(/Arrival times not written down .* is (?:a link|another file's)/);
    // What is renamed into its place replaces a link.
    expect(JSON.parse(readFileSync(join(bed.stateDir, `${ID}.checkpoint.json`), 'utf8'))).toMatchObject({ version: 1 });
  });

  it.each([
    ['a link', (victim: string, lock: string) => symlinkSync(victim, lock)],
    ['a FIFO', (_victim: string, lock: string) => void execFileSync('mkfifo', [lock])],
  ])('%s as lock is refused at once, by its name', async (_what, put) => {
    const bed = makeBed('http://localhost:9');
    const victim = bed.write('home/.bashrc', '# mine\n');
    mkdirSync(bed.stateDir);
    put(victim, join(bed.stateDir, `${ID}.lock`));
    await expect(bed.watch().ended).rejects.toMatchObject({
      code: 'state_dir_unsafe',
      message: expect.stringContaining(`${ID}.lock is `),
    });
    expect(readFileSync(victim, 'utf8')).toBe('# mine\n');
  });

  it('FIFOs in all other places cost no line and hold nothing up', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    mkdirSync(bed.stateDir);
    for (const kind of KINDS) execFileSync('mkfifo', [join(bed.stateDir, `${ID}.${kind}`)]);
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    await bed.replay();
    expect(await readLog(server.url)).not.toEqual([]);
  });

  it('a directory that is a link, or that others may write, is refused', async () => {
    const bed = makeBed('http://localhost:9');
    bed.write(bed.stream('planner'), '');
    mkdirSync(join(bed.root, 'elsewhere'));
    symlinkSync(join(bed.root, 'elsewhere'), bed.stateDir);
    await expect(bed.replay()).rejects.toMatchObject({ code: 'state_dir_unsafe' });
    expect(readdirSync(join(bed.root, 'elsewhere'))).toEqual([]);
    const open = join(bed.root, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    await expect(bed.replay({ stateDir: open })).rejects.toThrow('may be written by other users');
  });
});

describe('what an earlier version kept beside agents/', () => {
  it('is moved, once, for the ADW that is watched', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const former = join(bed.root, 'former');
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    const { stop } = bed.watch({ stateDir: former });
    await untilLines(server.url, 'planner/raw_output.jsonl', [note('one')]);
    await stop();
    writeFileSync(join(former, 'ffff0000.journal'), 'of another\n');
    const kept = readFileSync(join(former, `${ID}.checkpoint.json`), 'utf8');

    await bed.replay({ formerStateDir: former, timeoutMs: 1, server: 'http://localhost:9' }).catch(() => {});
    expect(readdirSync(former)).toEqual(['ffff0000.journal']);
    expect(readFileSync(join(bed.stateDir, `${ID}.checkpoint.json`), 'utf8')).toBe(kept);
    expect(readFileSync(join(bed.stateDir, `${ID}.journal`), 'utf8')).toContain('planner/raw_output.jsonl');
  });

  it('stays where it is when it is no file of ours alone', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const former = join(bed.root, 'former');
    mkdirSync(former);
    const secret = bed.write('home/secret', 'mine');
    symlinkSync(secret, join(former, `${ID}.journal`));
    bed.write(bed.stream('planner'), `${note('one')}\n`);
    await bed.replay({ formerStateDir: former });
    expect(bed.warnings.join('\n')).toContain('State of an earlier version is not taken over');
    expect(readFileSync(secret, 'utf8')).toBe('mine');
    expect(readdirSync(former)).toEqual([`${ID}.journal`]);
    expect(readdirSync(bed.stateDir)).not.toContain(`${ID}.journal`);
  });
});
