import { join } from 'node:path';
import { fetchedFolder, fetchPackages } from './fetched.ts';

/** The folder that holds Claude Code and the typings of its lines. */
export const CLAUDE_CODE = fetchedFolder('claude-code');
/** How long {@link claudeCode} may take where nothing is there yet: 420 MB, ms. */
export const FETCH_MS = 400_000;

/** The program's path. Fetched where it is not there in the version that the lock file names. */
export async function claudeCode(): Promise<string> {
  const name = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  await fetchPackages(CLAUDE_CODE);
  return join(CLAUDE_CODE, 'node_modules', name, 'claude');
}
