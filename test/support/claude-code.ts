import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** The folder that holds Claude Code and the typings of its lines. */
export const CLAUDE_CODE = fileURLToPath(new URL('../claude-code/', import.meta.url));
/** How long {@link claudeCode} may take where nothing is there yet: 250 MB, ms. */
export const FETCH_MS = 400_000;

/** The program's path. Fetched where it is not there in the version that the lock file names. */
export async function claudeCode(): Promise<string> {
  const path = `node_modules/@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  const lock = await packagesOf('package-lock.json');
  const wanted = lock[path]?.version;
  if (wanted === undefined) throw new Error(`test/claude-code/package-lock.json names no ${path}.`);
  const isThere = async () =>
    (await packagesOf('node_modules/.package-lock.json').catch(() => undefined))?.[path]?.version === wanted;
  if (!(await isThere())) await execute('npm', ['ci'], { cwd: CLAUDE_CODE });
  return join(CLAUDE_CODE, path, 'claude');
}

/** The packages that a lock file of the folder names, by where they lie. */
async function packagesOf(file: string): Promise<Record<string, { version: string }>> {
  const text = await readFile(join(CLAUDE_CODE, file), 'utf8');
  return (JSON.parse(text) as { packages: Record<string, { version: string }> }).packages;
}
