import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/adw/silence.ts';
import { loggerTo } from '../../src/base/log.ts';
import { lineOf, TELEMETRY, type TelemetryRow } from '../../src/base/telemetry.ts';
import type { SidecarSummary } from '../../src/sidecar/flow.ts';
import type { SidecarOptions } from '../../src/sidecar/options.ts';
import { runSidecar } from '../../src/sidecar/pipeline.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** The id of the ADW in a bed. */
export const ID = 'abcd1234';

/** An event as the server's reads answer it. */
export interface ReadEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly source?: { readonly path: string; readonly offset?: number; readonly length?: number };
  };
}

/** A repository on disk, and a sidecar's way to a real server. */
export interface Bed {
  readonly root: string;
  readonly stateDir: string;
  readonly warnings: string[];
  /** Writes a file below the repository, directories included. */
  write(path: string, content: string | Buffer): string;
  /** Where a stream of the ADW lies. */
  stream(role: string, name?: string): string;
  options(overrides?: Partial<SidecarOptions>): SidecarOptions;
  replay(overrides?: Partial<SidecarOptions>): Promise<SidecarSummary>;
  /** Starts a watch; `stop` drains it and answers its summary. */
  watch(overrides?: Partial<SidecarOptions>): { stop(): Promise<SidecarSummary>; ended: Promise<SidecarSummary> };
}

/** Makes a bed. @param server base URL that its sidecars deliver to */
export function makeBed(server: string): Bed {
  const root = temporaryDirectory();
  const stateDir = join(root, '.adw-stream');
  const warnings: string[] = [];
  const log = loggerTo((name, fields) => {
    const row: TelemetryRow = TELEMETRY[name];
    if (row.level === 'warn' || row.level === 'error') warnings.push(lineOf(row, fields));
  });
  mkdirSync(join(root, 'agents'));
  const options = (overrides: Partial<SidecarOptions> = {}): SidecarOptions => ({
    adwId: ID,
    idFormat: 'strict',
    agentsDir: join(root, 'agents'),
    server,
    stateDir,
    follow: false,
    untilComplete: false,
    limits: DEFAULT_LIMITS,
    // Longer than any pause of this process: a request given up and sent again would be counted.
    timeoutMs: 60_000,
    stages: true,
    besideMonitor: false,
    takeover: false,
    redact: true,
    redactPatterns: {},
    phaseMap: {},
    pollMs: 50,
    fsEvents: true,
    signal: new AbortController().signal,
    log,
    ...overrides,
  });
  return {
    root,
    stateDir,
    warnings,
    options,
    write: (path, content) => {
      const absolute = join(root, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, content);
      return absolute;
    },
    stream: (role, name = 'raw_output.jsonl') => join('agents', ID, role, name),
    replay: overrides => runSidecar(options(overrides)),
    watch: overrides => {
      const stopped = new AbortController();
      const ended = runSidecar(options({ follow: true, timeoutMs: Infinity, signal: stopped.signal, ...overrides }));
      const stop = () => {
        stopped.abort();
        return ended;
      };
      onTestFinished(() =>
        stop().then(
          () => {},
          () => {},
        ),
      );
      return { stop, ended };
    },
  };
}

/** All events of the bed's ADW, in order: those that are known, and what the log has after them. */
export async function readLog(url: string, query = '', known: readonly ReadEvent[] = []): Promise<ReadEvent[]> {
  const events = [...known];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const address = `${url}/api/v1/adws/${ID}/events?limit=1000&after=${after}${query}`;
    // A connection kept from before the server was restarted fails once.
    const answer = await fetch(address).catch(() => fetch(address));
    if (answer.status === 404) return events;
    const page = (await answer.json()) as { events: ReadEvent[]; more: boolean };
    events.push(...page.events);
    if (!page.more) return events;
  }
}

/** The lines that the log has of one stream, over all its attempts. */
export function linesOf(events: readonly ReadEvent[], path: string): string[] {
  return events
    .filter(({ type, data }) => type === 'agent_output_chunk' && data.source?.path === path && data.lines !== 0)
    .flatMap(({ data }) => String(data.content).split('\n'));
}

/** Waits until the log has these lines of one stream, and nothing else. */
export async function untilLines(url: string, path: string, lines: readonly string[]): Promise<void> {
  let known: ReadEvent[] = [];
  await until(`the log has ${lines.length} lines of ${path}`, async () => {
    known = await readLog(url, '', known);
    const have = linesOf(known, path);
    return have.length === lines.length && have.every((line, n) => line === lines[n]);
  });
}

/** A line that says `text`. */
export function note(text: string): string {
  return JSON.stringify({
    type: 'assistant',
    message: { id: text, role: 'assistant', content: [{ type: 'text', text }] },
  });
}
