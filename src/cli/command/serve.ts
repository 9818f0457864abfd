import { limitHeapGrowth } from '../../base/heap.ts';
import type { Context } from '../context.ts';
import { printListening, startFromSettings } from '../server.ts';

/** `adw-stream serve`: the server alone, until a signal asks it to stop. */
export async function run(context: Context): Promise<number> {
  const { terminal, stop } = context;
  limitHeapGrowth();
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
