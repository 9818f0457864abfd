import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Io } from '../../src/cli/io.ts';

/** An Io whose output can be read back. */
export interface TestIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
}

/** Streams that remember, an empty environment, and a directory of its own unless `cwd` is given. */
export async function testIo(options: Partial<Io> = {}): Promise<TestIo> {
  const [out, err] = [memory(), memory()];
  return {
    stdout: out.stream,
    stderr: err.stream,
    stdin: Readable.from([]),
    env: { XDG_STATE_HOME: process.env.XDG_STATE_HOME },
    cwd: options.cwd ?? (await temporaryDirectory()),
    signal: new AbortController().signal,
    ...options,
    out: out.text,
    err: err.text,
  };
}

/** A directory that is removed when the test has finished. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'adw-stream-cli-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A stream that looks like a terminal of that size. */
export function fakeTerminal(columns = 80, rows = 24): PassThrough & { isTTY: true; columns: number; rows: number } {
  return Object.assign(new PassThrough(), { isTTY: true as const, columns, rows });
}

function memory(): { stream: Writable; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
