import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { type LoadOutcome, runLoad, seenSeqs, wantedSeqs } from './load/load.ts';

/** Seconds of publishing: short here; the long form is ADW_STREAM_LOAD_SECONDS=600. */
const SECONDS = Number(process.env.ADW_STREAM_LOAD_SECONDS ?? 6);

describe('8 publishers, 200 subscribers that come and go, a server that is killed again and again', () => {
  it(
    'leave every subscriber with exactly what the log holds: no gap, no repeat',
    async () => {
      const outcome = await runLoad({
        dataDir: temporaryDirectory(),
        seconds: SECONDS,
        publishers: 8,
        subscribers: 200,
      });
      expectWholeViews(outcome);
      expectExactlyOnce(outcome);
      expect(outcome.kills).toBeGreaterThan(1);
      expect(outcome.views.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(outcome.views.length);
    },
    (SECONDS + 120) * 1_000,
  );
});

function expectWholeViews({ log, views }: LoadOutcome): void {
  for (const view of views) expect(seenSeqs(log, view)).toEqual(wantedSeqs(log, view));
}

/** What was acknowledged is in the log, and once, however often it was sent. */
function expectExactlyOnce({ log, acknowledged }: LoadOutcome): void {
  const counts = new Map<string, number>();
  for (const { eventId } of log) counts.set(eventId, (counts.get(eventId) ?? 0) + 1);
  for (const [id, count] of counts) expect(count, id).toBe(1);
  for (const ids of acknowledged.values()) for (const id of ids) expect(counts.get(id), id).toBe(1);
}
