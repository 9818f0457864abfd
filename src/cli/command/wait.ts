import { PHASES } from '../../adw/phase.ts';
import { isEnded } from '../../adw/run-state.ts';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import { AdwStreamError, ExitCode } from '../../base/errors.ts';
import { checkArgument, chooseAdw } from '../argument.ts';
import type { Context } from '../context.ts';
import { briefOf } from '../output/brief.ts';
import { stateExitCode } from '../output/state.ts';
import { openSource } from '../source.ts';

/** An end counts when nothing has come for so long: a log's last entry is told when no other line may belong to it. ms */
const QUIET_MS = 2_000;

/** `adw-stream wait <adw_id>`: says nothing until the ADW has ended or is where it was waited for, then how it is. */
export async function run(context: Context): Promise<number> {
  const { settings, stop, terminal } = context;
  await checkArgument(context);
  const isReached = conditionOf(settings.until);
  const source = await openSource(context);
  const adwId = await chooseAdw(context, source);
  let last: AdwSummary | undefined;
  let changedMs = Date.now();
  let isDone = false;
  const onSummary = (summary: AdwSummary) => {
    if (summary.last_seq !== last?.last_seq) changedMs = Date.now();
    last = summary;
    const quietMs = Date.now() - changedMs;
    isDone = isReached(summary) || (isEnded(summary.status) && quietMs >= QUIET_MS);
    if (isDone) stop.request();
    return isEnded(summary.status) ? QUIET_MS - quietMs : undefined;
  };
  const timer = settings.waitTimeout === undefined ? undefined : setTimeout(stop.request, settings.waitTimeout);
  await source.watchSummary(adwId, onSummary);
  clearTimeout(timer);
  if (last !== undefined) terminal.print(JSON.stringify(briefOf(last)));
  if (isDone && last !== undefined) return stateExitCode(last.status);
  return stop.brokenOffCode() || ExitCode.timedOut;
}

/**
 * What `--until` asks for, beside the end. Several conditions are alternatives.
 * @throws AdwStreamError invalid_option
 */
function conditionOf(until: readonly string[]): (summary: AdwSummary) => boolean {
  const conditions = until.map(word => {
    const phase = /^phase=(.+)$/s.exec(word)?.[1];
    if (word === 'ended') return () => false;
    if (word === 'waiting') return ({ status }: AdwSummary) => status === 'waiting';
    if (phase !== undefined)
      return ({ phases }: AdwSummary) => phases.some(({ name, status }) => name === phase && status !== 'pending');
    const wanted = `ended, waiting or phase=<phase> (${PHASES.join(', ')}, or one of the run's own)`;
    throw new AdwStreamError('invalid_option', `--until wants ${wanted}, not "${word}".`);
  });
  return summary => conditions.some(holds => holds(summary));
}
