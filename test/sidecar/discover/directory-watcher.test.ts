import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { DirectoryWatcher } from '../../../src/sidecar/discover/directory-watcher.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

describe('the directory watcher', () => {
  let watcher: DirectoryWatcher;
  afterEach(() => watcher.close());

  function listen(): { heard: Map<string, Set<string>>; watch: (...directories: string[]) => boolean } {
    const heard = new Map<string, Set<string>>();
    watcher = new DirectoryWatcher({
      onHint: (absolute, what) => heard.set(absolute, (heard.get(absolute) ?? new Set()).add(what)),
      onUnavailable: () => {
        throw new Error('unavailable');
      },
      log: silentLogger,
    });
    return {
      heard,
      watch: (...directories) => watcher.watch(new Map(directories.map(path => [path, statSync(path).ino]))),
    };
  }

  it('tells of files that are made and of files that are written to, in the directories given', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'raw_output.jsonl');
    const { heard, watch } = listen();
    expect(watch(directory)).toBe(true);
    expect(watch(directory)).toBe(false);
    // Listening begins a moment later.
    await until('the new file is told of', () => {
      rmSync(file, { force: true });
      writeFileSync(file, '');
      return heard.get(file)?.has('entry');
    });
    appendFileSync(file, 'a line\n');
    await until('the write is told of', () => heard.get(file)?.has('content'));
  });

  it('goes on in a directory that was removed and made again, also when it gets its old inode', async () => {
    const parent = temporaryDirectory();
    const directory = join(parent, 'reviewer');
    mkdirSync(directory);
    const { heard, watch } = listen();
    watch(parent, directory);
    // Listening begins a moment later.
    await until('both are listened to', () => {
      for (const one of [parent, directory]) writeFileSync(join(one, 'probe'), '');
      return heard.has(join(parent, 'probe')) && heard.has(join(directory, 'probe'));
    });
    for (let time = 0; time < 5; time++) {
      heard.clear();
      rmSync(directory, { recursive: true });
      await until('the removal is told of', () => heard.get(directory)?.has('entry'));
      mkdirSync(directory);
      await until('it is listened to again', () => watch(parent, directory));
      const file = join(directory, `${time}.jsonl`);
      await until('its file is told of', () => {
        // As the scan does that follows each hint: the one of the removal may come late.
        watch(parent, directory);
        writeFileSync(file, '{}\n');
        return heard.has(file);
      });
    }
  });

  it('is silent about directories that are not given any more', async () => {
    const [first, second] = [temporaryDirectory(), temporaryDirectory()];
    const { heard, watch } = listen();
    watch(first, second);
    watch(second);
    await until('the other is told of', () => {
      writeFileSync(join(first, 'a'), '');
      writeFileSync(join(second, 'b'), '');
      return heard.has(join(second, 'b'));
    });
    expect([...heard.keys()].filter(path => path.startsWith(first))).toEqual([]);
  });

  it('takes what vanished before it could be watched for what it is', async () => {
    const directory = temporaryDirectory();
    const { heard } = listen();
    watcher.watch(
      new Map([
        [join(directory, 'gone'), 1],
        [directory, statSync(directory).ino],
      ]),
    );
    await until('the other directory is told of', () => {
      writeFileSync(join(directory, 'a'), '');
      return heard.has(join(directory, 'a'));
    });
  });
});
