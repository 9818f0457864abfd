import { cp, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS } from '../../../src/adw/silence.ts';
import type { SidecarOptions } from '../../../src/sidecar/options.ts';
import { EXAMPLE_ID } from '../processes.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

/** What a sidecar of this process is to be told of the repository at `root`. */
export function sidecarOptions(root: string, adwId: string): Omit<SidecarOptions, 'server' | 'follow' | 'log'> {
  return {
    adwId,
    idFormat: 'strict',
    agentsDir: join(root, 'agents'),
    stateDir: join(root, '.adw-stream'),
    untilComplete: false,
    limits: DEFAULT_LIMITS,
    timeoutMs: 10_000,
    stages: true,
    besideMonitor: false,
    takeover: false,
    redact: true,
    redactPatterns: {},
    phaseMap: {},
    pollMs: 50,
    fsEvents: true,
    signal: new AbortController().signal,
  };
}

/** A copy of the example that outlives the running test. */
export async function temporaryTree(): Promise<{ readonly root: string; readonly adwId: string }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'adw-reference-')));
  for (const part of ['agents', 'specs']) {
    await cp(join(EXAMPLES, part), join(root, part), { recursive: true, preserveTimestamps: true });
  }
  return { root, adwId: EXAMPLE_ID };
}
