import { fileURLToPath } from 'node:url';
import { LOST_MS } from '../benchmark.ts';
import { type Child, CORE, startChild } from '../child.ts';
import type { SinkReport } from '../program/sink.ts';

/** The counting server, on the load's core. */
export interface Sink extends Child {
  readonly url: string;
  report(): Promise<SinkReport>;
  /** Resolves with the report once `lines` have arrived. @throws when no more of them come */
  hasLines(lines: number): Promise<SinkReport>;
}

/** Where a program of `bench/program` lies, compiled. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`../program/${name}.js`, import.meta.url));
}

/** Starts the program that one would write first: it posts the lines of every file below a directory, and parses none. */
export function naiveReplay(directory: string, url: string): Child {
  return startChild([process.execPath, programPath('naive-replay'), directory, url], { core: CORE.subject });
}

/** Starts a sink. */
export async function startSink(): Promise<Sink> {
  const child = startChild([process.execPath, programPath('sink')]);
  const [url] = await child.says(/http:\S+/);
  const report = async () => (await (await fetch(`${url}/report`)).json()) as SinkReport;
  return {
    ...child,
    url,
    report,
    async hasLines(lines) {
      let arrived = -1;
      let arrivedAt = 0;
      const latencies: number[] = [];
      for (;;) {
        const now = await report();
        latencies.push(...now.latencies);
        if (now.lines >= lines || now.faults.length > 0) return { ...now, latencies };
        if (now.lines > arrived) [arrived, arrivedAt] = [now.lines, performance.now()];
        else if (performance.now() - arrivedAt > LOST_MS) throw new Error(`${arrived} of ${lines} lines arrived`);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    },
  };
}
