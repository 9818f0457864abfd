import { limitHeapGrowth } from '../../base/heap.ts';
import type { Context } from '../context.ts';
import { printListening, startFromSettings } from '../server.ts';

/** Growth of the old generation between two collections, %. What subscribers are owed lies outside of it: sooner costs CPU and saves little. */
const HEAP_GROWING_PERCENT = 100;

/** `adw-stream serve`: the server alone, until a signal asks it to stop. */
export async function run(context: Context): Promise<number> {
  const { terminal, stop } = context;
  limitHeapGrowth(HEAP_GROWING_PERCENT);
  const server = await startFromSettings(context);
  printListening(terminal, server.url);
  await stopped(stop.signal);
  terminal.log.report('closing');
  await server.close();
  return stop.exitCode();
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
