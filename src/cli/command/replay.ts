import { ExitCode } from '../../base/errors.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { showProgress } from '../output/progress.ts';
import { findPlaces, printSummary, sidecarOptions } from '../sidecar.ts';
import { diskSource, requireKnown } from '../source.ts';

/** `adw-stream replay <adw_id>`: pushes what is on disk, once, and says what was new. */
export async function run(context: Context): Promise<number> {
  const { io, settings, terminal, stop } = context;
  checkArgument(context);
  const places = await findPlaces(context);
  const source = diskSource(context, places);
  const adwId = await chooseAdw(context, source);
  requireKnown(adwId, await source.choices(), `in ${places.agentsDir}`);
  const { runSidecar } = await import('../../sidecar/pipeline.ts');
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
    return stop.signal.aborted ? ExitCode.interrupted : ExitCode.done;
  } finally {
    progress.stop();
  }
}
