import { limitHeapGrowth } from '../../base/heap.ts';
import type { Context } from '../context.ts';
import { watchFleet } from '../fleet.ts';
import { totalOf } from '../output/summary.ts';
import { printListening, startFromSettings } from '../server.ts';
import { findPlaces, printSummary } from '../sidecar.ts';

/** `adw-stream up`: the server and a watcher for every ADW, in one process. */
export async function run(context: Context): Promise<number> {
  const { terminal, stop } = context;
  limitHeapGrowth();
  const places = await findPlaces(context);
  const server = await startFromSettings(context, places.agentsDir);
  printListening(terminal, server.url, places.agentsDir);
  try {
    const summaries = await watchFleet(context, places, server.url);
    printSummary(terminal, totalOf(summaries), 'stderr');
  } finally {
    await server.close();
  }
  return stop.exitCode();
}
