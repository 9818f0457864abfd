import { requireAdwId } from '../adw/id.ts';
import { AdwStreamError, messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { LocalLog } from '../event/local-log.ts';
import { heldRanges } from './api/held-ranges.ts';
import type { States } from './api/states.ts';
import { acceptOwnArtifact, type Ingest } from './ingest/index.ts';

/** What {@link createLocalLog} takes. */
export interface LocalLogParts {
  readonly ingest: Ingest;
  readonly states: Pick<States, 'one'>;
  readonly log: Logger;
}

/** The server's log for sidecars in its own process: the same ingest, the same back-pressure and the same store as its routes. */
export function createLocalLog({ ingest, states, log }: LocalLogParts): LocalLog {
  const { store, idFormat } = ingest;
  /** As a route does: what is no refusal of ours is a failure of ours, and the sender tries again. */
  const answer = async <Result>(route: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AdwStreamError) throw error;
      const stack = error instanceof Error ? error.stack : undefined;
      log.report('request_failed', { error: messageOf(error), method: 'local', route, stack });
      throw new AdwStreamError('internal', 'The server failed to answer this request.');
    }
  };
  return {
    epoch: store.epoch,
    positions: adwId =>
      answer('positions', async () => ({
        epoch: store.epoch,
        files: await store.positions(requireAdwId(adwId, idFormat)),
      })),
    held: (adwId, file) =>
      answer('held', async () => ({
        epoch: store.epoch,
        ...heldRanges(await store.heldUnits(requireAdwId(adwId, idFormat), file)),
      })),
    append: events => answer('events', () => ingest.acceptOwn(events)),
    putArtifact: (adwId, artifact) =>
      answer('artifacts', () => acceptOwnArtifact(requireAdwId(adwId, idFormat), artifact, ingest)),
    status: adwId => states.one(adwId)?.status,
  };
}
