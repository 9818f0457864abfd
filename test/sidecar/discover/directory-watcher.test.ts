import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { DirectoryWatcher } from '../../../src/sidecar/discover/directory-watcher.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

describe('hints', () => {
  let hints: DirectoryWatcher;
  afterEach(() => hints.close());

  function listen(): { heard: Map<string, Set<string>>; watch: (...directories: string[]) => boolean } {
    const heard = new Map<string, Set<string>>();
    hints = new DirectoryWatcher({
      onHint: (absolute, what) => heard.set(absolute, (heard.get(absolute) ?? new Set()).add(what)),
      onUnavailable: () => {
        throw new Error('deaf');
      },
      log: silentLogger,
    });
    return {
      heard,
      watch: (...directories) => hints.watch(new Map(directories.map(path => [path, statSync(path).ino]))),
    };
  }

  it('tell of files that are made and of files that are written to, in the directories given', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'raw_output.jsonl');
    const { heard, watch } = listen();
    expect(watch(directory)).toBe(true);
    expect(watch(directory)).toBe(false);
    writeFileSync(file, '');
    await until('the new file is told of', () => heard.get(file)?.has('entry'));
    appendFileSync(file, 'a line\n');
    await until('the write is told of', () => heard.get(file)?.has('content'));
  });

  it('go on in a directory that was removed and made again, also when it gets its old inode', async () => {
    const parent = temporaryDirectory();
    const directory = join(parent, 'reviewer');
    mkdirSync(directory);
    const { heard, watch } = listen();
    watch(parent, directory);
    for (let time = 0; time < 5; time++) {
      heard.clear();
      rmSync(directory, { recursive: true });
      await until('the removal is told of', () => heard.get(directory)?.has('entry'));
      mkdirSync(directory);
      await until('it is listened to again', () => watch(parent, directory));
      const file = join(directory, `${time}.jsonl`);
      writeFileSync(file, '{}\n');
      await until('its file is told of', () => heard.has(file));
    }
  });

  it('are silent about directories that are not given any more', async () => {
    const [first, second] = [temporaryDirectory(), temporaryDirectory()];
    const { heard, watch } = listen();
    watch(first, second);
    watch(second);
    writeFileSync(join(first, 'a'), '');
    writeFileSync(join(second, 'b'), '');
    await until('the other is told of', () => heard.has(join(second, 'b')));
    expect([...heard.keys()].filter(path => path.startsWith(first))).toEqual([]);
  });

  it('leave out what vanished before it could be watched', () => {
    const { watch } = listen();
    expect(hints.watch(new Map([[join(temporaryDirectory(), 'gone'), 1]]))).toBe(false);
    expect(watch()).toBe(false);
  });
});
