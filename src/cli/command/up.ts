import { limitHeapGrowth } from '../../base/heap.ts';
import type { Context } from '../context.ts';
import { watchFleet } from '../fleet.ts';
import { countOtherRuns, warnOfOtherRuns } from '../other-runs.ts';
import { totalOf } from '../output/summary.ts';
import { printListening, startFromSettings } from '../server.ts';
import { findPlaces, placesInWords, printSummary } from '../sidecar.ts';

/** `adw-stream up`: the server and a watcher for every ADW, in one process. */
export async function run(context: Context): Promise<number> {
  const { terminal, stop } = context;
  limitHeapGrowth();
  const places = await findPlaces(context);
  const otherRuns = await countOtherRuns(context, places);
  const server = await startFromSettings(context, { agentsDir: places.agentsDir, otherRuns });
  printListening(terminal, server.url, placesInWords(places));
  await warnOfOtherRuns(context, places);
  try {
    const summaries = await watchFleet(context, places, { server: server.url, localLog: server.localLog });
    printSummary(terminal, totalOf(summaries), 'stderr');
  } finally {
    await server.close();
  }
  return stop.exitCode();
}
