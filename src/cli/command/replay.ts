import { ExitCode } from '../../base/errors.ts';
import { keepHeapSmall } from '../../base/heap.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { formatPlural } from '../output/format.ts';
import { showProgress } from '../output/progress.ts';
import { findPlaces, type Places, placesInWords, printSummary, sidecarOptions } from '../sidecar.ts';
import { diskSource, requireKnown } from '../source.ts';

/** Growth of the old generation between two collections, %. All that is read passes through: a third came so often that it cost a tenth of the CPU. */
const HEAP_GROWING_PERCENT = 100;

/** `adw-stream replay <adw_id>`: pushes what is on disk, once, and says what was new. */
export async function run(context: Context): Promise<number> {
  await checkArgument(context);
  const places = await findPlaces(context);
  const source = diskSource(context, places);
  const adwId = await chooseAdw(context, source);
  if (context.settings.rejected) return sendRejected(context, adwId, places);
  requireKnown(adwId, await source.choices(), `in ${placesInWords(places)}`);
  return sendAll(context, adwId, places);
}

async function sendAll(context: Context, adwId: string, places: Places): Promise<number> {
  const { io, settings, terminal, stop } = context;
  const { runSidecar } = await import('../../sidecar/pipeline.ts');
  keepHeapSmall(HEAP_GROWING_PERCENT);
  const progress = await showProgress(io, terminal, `Replaying ${adwId}`);
  try {
    const summary = await runSidecar({
      ...sidecarOptions(context, adwId, places),
      follow: false,
      timeoutMs: settings.timeout,
      ...(settings.speed === undefined ? {} : { speed: settings.speed }),
      ...(settings.maxGap === undefined ? {} : { maxGapMs: settings.maxGap }),
      onProgress: progress.update,
    });
    progress.stop();
    printSummary(terminal, summary, 'stdout');
    if (stop.signal.aborted) return ExitCode.interrupted;
    return summary.rejected > 0 ? ExitCode.refused : ExitCode.done;
  } finally {
    progress.stop();
  }
}

/** `--rejected`: what the server once refused for good, for when it has learned better. */
async function sendRejected({ settings, terminal, stop }: Context, adwId: string, places: Places): Promise<number> {
  const { replayRejected } = await import('../../sidecar/replay/rejected.ts');
  const { sent, delivered, kept } = await replayRejected({
    adwId,
    ...places,
    server: settings.server,
    ...(settings.token === undefined ? {} : { token: settings.token }),
    ...(settings.reason === undefined ? {} : { reason: settings.reason }),
    timeoutMs: settings.timeout,
    signal: stop.signal,
    log: terminal.log,
  });
  if (terminal.form === 'ndjson') terminal.printJson({ type: 'rejected', data: { adwId, sent, delivered, kept } });
  else terminal.print(`${adwId}: ${formatPlural(sent, 'refused event')} sent again, ${delivered} taken, ${kept} kept`);
  return delivered < sent ? ExitCode.refused : ExitCode.done;
}
