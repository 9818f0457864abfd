import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { AdwStreamError, messageOf, systemCode } from '../base/errors.ts';
import type { RunDirectories } from '../sidecar/discover/layout.ts';
import type { OutputStream } from './io.ts';
import { isReaderGone, outputError, written } from './output/lost-output.ts';

/** Where an export goes. */
export interface ExportTarget {
  /** The file's path; `-` for stdout. */
  readonly path: string;
  /** Bytes that were written. */
  readonly bytes: number;
  /** Resolves when the next piece may come. @throws AdwStreamError output_unwritable */
  write(text: string): Promise<void>;
  /** Puts a file in its place; until then what was there before is untouched. */
  commit(): Promise<void>;
  /** Leaves things as they were. */
  discard(): Promise<void>;
}

/** Opens stdout, or a file to be. @throws AdwStreamError output_unwritable */
export async function openTarget(path: string, stdout: OutputStream): Promise<ExportTarget> {
  return path === '-' ? stdoutTarget(stdout) : fileTarget(path);
}

/**
 * Refuses a file in a watched tree: what is written there is taken for a workflow's own.
 * @throws AdwStreamError invalid_option
 */
export async function refuseWatched(path: string, places: RunDirectories): Promise<void> {
  const directory = await realpath(dirname(path)).catch(() => dirname(path));
  const { directoriesOf, repositoryOf, worktreesOf } = await import('../sidecar/discover/layout.ts');
  const watched = directoriesOf(places).flatMap(runs => [
    ...[runs, join(repositoryOf(runs), 'specs')],
    ...worktreesOf(runs),
  ]);
  const inside = watched.find(root => directory === root || directory.startsWith(root + sep));
  if (inside === undefined) return;
  const message = `${path} lies in ${inside}, which is watched: nothing is written there. Give a file elsewhere.`;
  throw new AdwStreamError('invalid_option', message);
}

function stdoutTarget(stdout: OutputStream): ExportTarget {
  let bytes = 0;
  let isGone = false;
  return {
    path: '-',
    get bytes() {
      return bytes;
    },
    async write(text) {
      if (isGone) return;
      bytes += Buffer.byteLength(text);
      const error = await written(stdout, text);
      if (error === undefined) return;
      // `| head` says "enough".
      isGone = isReaderGone(stdout, error);
      if (!isGone) throw outputError(error);
    },
    commit: async () => {},
    discard: async () => {},
  };
}

async function fileTarget(path: string): Promise<ExportTarget> {
  const there = await stat(path).catch(() => undefined);
  // A link is followed; a pipe, or /dev/null, is written to and not replaced.
  const place = there === undefined ? path : await realpath(path);
  const isReplaced = there === undefined || there.isFile();
  const temporary = isReplaced ? `${place}.${process.pid}.tmp` : place;
  const handle = await attempt(path, () => open(temporary, 'w'));
  let bytes = 0;
  return {
    path,
    get bytes() {
      return bytes;
    },
    async write(text) {
      bytes += Buffer.byteLength(text);
      await attempt(path, () => handle.writeFile(text));
    },
    commit: () =>
      attempt(path, async () => {
        await handle.close();
        if (isReplaced) await rename(temporary, place);
      }),
    async discard() {
      await handle.close().catch(() => {});
      if (isReplaced) await rm(temporary, { force: true });
    },
  };
}

async function attempt<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const message = `${path} cannot be written (${systemCode(error) ?? messageOf(error)}).`;
    throw new AdwStreamError('output_unwritable', message, { cause: error });
  }
}
