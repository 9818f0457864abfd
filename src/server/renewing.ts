import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../base/errors.ts';
import { type ServerSurroundings, startServer } from './app.ts';
import type { RunningServer, ServerOptions } from './options.ts';

/** ms between two attempts to start again. */
const RETRY_MS = 1_000;

/**
 * Starts a server that begins anew, on the same port, when its log is lost (an admin deleted the stream): its readers are cut
 * off, come again with a cursor of the former epoch, and are told to begin anew.
 * @throws as {@link startServer} does, the first time
 */
export async function startRenewing(options: ServerOptions, surroundings?: ServerSurroundings): Promise<RunningServer> {
  let isClosed = false;
  const start = (port: number) => startServer({ ...options, port, onLogLost: () => void renew() }, surroundings);
  let running = await start(options.port);
  let renewing: Promise<void> = Promise.resolve();
  const { url } = running;

  const again = async (): Promise<void> => {
    await running.close().catch(error => options.log.report('close_failed', { error: messageOf(error) }));
    while (!isClosed) {
      try {
        running = await start(Number(new URL(url).port));
        return;
      } catch (error) {
        options.log.report('log_not_found_again', { error: messageOf(error) });
        await wait(RETRY_MS);
      }
    }
  };
  const renew = (): Promise<void> => {
    options.log.report('log_lost');
    renewing = renewing.then(again);
    return renewing;
  };
  return {
    url,
    localLog: () => running.localLog(),
    async close() {
      isClosed = true;
      await renewing;
      await running.close();
    },
  };
}
