import { setMaxListeners } from 'node:events';
import { BacklogScheduler } from '../base/backlog-scheduler.ts';
import { messageOf } from '../base/errors.ts';
import type { SidecarSummary } from '../sidecar/flow.ts';
import type { SidecarOptions } from '../sidecar/options.ts';
import type { Context } from './context.ts';
import { type Places, watchOptions } from './sidecar.ts';

/** Bytes that all sidecars together may have on their way to the server when more of a backlog is read. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** The same to a log in the process, whose batches are smaller: what waits there only takes memory. */
const LOCAL_WAITING_BYTES_MAX = WAITING_BYTES_MAX / 4;

/** Where the sidecars deliver. */
export type FleetTarget = Pick<SidecarOptions, 'server' | 'localLog'>;

/**
 * Watches every ADW of the project, present and future, until the context's signal aborts. One that cannot be watched is
 * said once and does not stop the others.
 * @param to the server to deliver to, by its base URL, and its log where it is in this process
 * @returns the summaries of those that were watched, after they have drained
 */
export async function watchFleet(context: Context, places: Places, to: FleetTarget): Promise<SidecarSummary[]> {
  const { settings, terminal, stop } = context;
  const [{ runSidecar }, { watchAdwIds }] = await Promise.all([
    import('../sidecar/pipeline.ts'),
    import('../sidecar/discover/adw-ids.ts'),
  ]);
  // Each ADW listens for its end, and Node warns of more than ten listeners.
  setMaxListeners(0, stop.signal);
  const backlogScheduler = new BacklogScheduler(to.localLog ? LOCAL_WAITING_BYTES_MAX : WAITING_BYTES_MAX);
  const running = new Map<string, Promise<SidecarSummary | undefined>>();
  const start = (adwId: string, isNew: boolean): void => {
    if (running.has(adwId) || stop.signal.aborted) return;
    terminal.log.report('watch_one_of_all', { adw_id: adwId });
    const sidecar = runSidecar({ ...watchOptions(context, adwId, places), ...to, isNew, backlogScheduler }).catch(
      (error: unknown) => {
        terminal.log.report('watch_failed', { adw_id: adwId, error: messageOf(error) });
        return undefined;
      },
    );
    running.set(adwId, sidecar);
  };
  await watchAdwIds(places, {
    idFormat: settings.idFormat,
    signal: stop.signal,
    onAdw: start,
    log: terminal.log,
  });
  const summaries = await Promise.all(running.values());
  return summaries.filter(summary => summary !== undefined);
}
