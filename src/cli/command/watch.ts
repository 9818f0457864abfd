import { isEnded } from '../../adw/run-state.ts';
import { systemClock } from '../../base/clock.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import { keepHeapSmall } from '../../base/heap.ts';
import type { Extent } from '../../sidecar/flow.ts';
import type { CommandRun } from '../../sidecar/parse/files/command.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { watchFleet } from '../fleet.ts';
import { didYouMean } from '../nearest.ts';
import { warnOfOtherRuns } from '../other-runs.ts';
import { stateExitCode } from '../output/state.ts';
import { totalOf } from '../output/summary.ts';
import { findPlaces, type Places, placesInWords, printSummary, watchOptions } from '../sidecar.ts';
import { type AdwSource, diskSource } from '../source.ts';
import { runWrapped } from '../wrapped.ts';

/** `adw-stream watch <adw_id>`: follows one ADW, or with `--all` every one, or runs the workflow and follows it. */
export async function run(context: Context): Promise<number> {
  keepHeapSmall();
  if (context.settings.all) return watchAll(context);
  await checkArgument(context);
  const places = await findPlaces(context);
  const source = diskSource(context, places);
  const adwId = await chooseAdw(context, source);
  if (context.wrapped.length > 0) return watchWrapped(context, adwId, places);
  await sayWhetherItIsThere(context, adwId, source);
  return isUnseen(context) ? watchUnseen(context, adwId, places) : watchOne(context, adwId, places);
}

/** Nothing is shown, and the exit code does not depend on how the ADW ended. */
function isUnseen({ settings, terminal }: Context): boolean {
  return settings.quiet && terminal.form !== 'ndjson' && !settings.exitStatus;
}

/** ms between two checks whether an ADW is stalled, where the command waits for its end and its state. */
const STALL_CHECK_MS = 500;

/** The directory of an id may come later; then a mistyped id would wait for ever, and silently. */
async function sayWhetherItIsThere({ terminal }: Context, adwId: string, source: AdwSource): Promise<void> {
  const ids = (await source.choices()).map(choice => choice.adwId);
  if (ids.includes(adwId)) return;
  terminal.log.report('watch_empty', { adw_id: adwId, hint: didYouMean(adwId, ids) });
}

/** No picture of the ADW is kept, and what the log has is not parsed again for one. */
async function watchUnseen(context: Context, adwId: string, places: Places): Promise<number> {
  const { settings, terminal, stop } = context;
  const { runSidecar } = await import('../../sidecar/pipeline.ts');
  const summary = await runSidecar({
    ...watchOptions(context, adwId, places),
    untilComplete: settings.untilComplete,
  });
  printSummary(terminal, summary, 'stderr');
  return stop.exitCode();
}

async function watchOne(context: Context, adwId: string, places: Places): Promise<number> {
  const { settings, terminal, stop } = context;
  const [{ runSidecar }, { openView }] = await Promise.all([import('../../sidecar/pipeline.ts'), import('../view.ts')]);
  terminal.log.report('watch_started', { adw_id: adwId, server: settings.server });
  const view = openView(context, adwId);
  const patience =
    settings.untilComplete && settings.exitStatus ? setInterval(leaveStalled, STALL_CHECK_MS) : undefined;
  function leaveStalled(): void {
    if (!isPastTold || view.summary().status !== 'stalled') return;
    terminal.log.report('watch_stalled', { adw_id: adwId, why: view.summary().why });
    clearInterval(patience);
    stop.request();
  }
  let isPastTold = false;
  const tellPast = (): void => {
    isPastTold = true;
    const { status } = view.summary();
    if (!isEnded(status)) return;
    const until = settings.untilComplete ? 'leaving when nothing more comes' : 'waiting for more, until Ctrl-C';
    terminal.log.report('watch_ended_before', { adw_id: adwId, status: status.replaceAll('_', ' '), until });
  };
  try {
    const summary = await runSidecar({
      ...watchOptions(context, adwId, places),
      untilComplete: settings.untilComplete,
      onEvents: view.show,
      onKnown: view.know,
      onProgress({ extent, connected, caughtUp }) {
        const state = !connected ? 'down' : caughtUp ? 'up' : 'reading';
        view.link({ server: settings.server, state, lagBytes: () => lagOf(extent()) });
        if (caughtUp && !isPastTold) tellPast();
      },
    });
    view.close();
    printSummary(terminal, summary, 'stderr');
  } finally {
    clearInterval(patience);
    view.close();
  }
  return settings.exitStatus && !stop.wasInterrupted() ? stateExitCode(view.summary().status) : stop.exitCode();
}

function lagOf({ bytes, bytesTotal }: Extent): number {
  return Math.max(0, bytesTotal - bytes);
}

/** The workflow has the terminal for itself; we stream beside it and leave with its exit code. */
async function watchWrapped(context: Context, adwId: string, places: Places): Promise<number> {
  const { stop, terminal } = context;
  const [{ runSidecar }, { commandEvents }] = await Promise.all([
    import('../../sidecar/pipeline.ts'),
    import('../../sidecar/parse/files/command.ts'),
  ]);
  if (stop.signal.aborted) {
    terminal.log.report('wrapped_not_run');
    return stop.brokenOffCode();
  }
  // Ctrl-C is the workflow's to answer; we go on until it has ended.
  const ended = new AbortController();
  const startedMs = systemClock.now();
  let end: { readonly exitCode: number; readonly nowMs: number } | undefined;
  const tells = (known: Pick<CommandRun, 'exitCode' | 'nowMs'>) =>
    commandEvents({ adwId, command: context.wrapped, startedMs, ...known });
  const sidecar = runSidecar({
    ...watchOptions(context, adwId, places),
    beside: {
      first: tells({ exitCode: undefined, nowMs: startedMs }),
      last: () => (end === undefined ? [] : tells(end)),
    },
    signal: ended.signal,
  });
  // A sidecar that fails must not take the workflow with it: said at once, and the workflow goes on.
  const streamed = sidecar.then(
    summary => ({ summary }),
    (error: unknown) => ({ error }),
  );
  void streamed.then(outcome => {
    if ('error' in outcome)
      terminal.log.report('wrapped_not_streamed', { adw_id: adwId, error: String(outcome.error) });
  });
  try {
    const exitCode = await runWrapped(context);
    end = { exitCode, nowMs: systemClock.now() };
    return exitCode;
  } finally {
    ended.abort();
    const outcome = await streamed;
    if ('summary' in outcome) printSummary(terminal, outcome.summary, 'stderr');
  }
}

async function watchAll(context: Context): Promise<number> {
  const { argument, settings, terminal, stop } = context;
  if (argument !== undefined) {
    throw new AdwStreamError('invalid_option', '--all watches every ADW: give either an id or --all.');
  }
  const places = await findPlaces(context);
  terminal.log.report('watch_all_started', { agents_dir: placesInWords(places), server: settings.server });
  await warnOfOtherRuns(context, places);
  const summaries = await watchFleet(context, places, { server: settings.server });
  printSummary(terminal, totalOf(summaries), 'stderr');
  return summaries.length === 0 && !stop.signal.aborted ? ExitCode.internal : stop.exitCode();
}
