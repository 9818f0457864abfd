/** What full text found in all runs. */
export interface Contents {
  /** The seq before which nothing was looked at; null where everything was. */
  readonly next: number | null;
  /** That with the newest hit first. */
  readonly runs: readonly RunHits[];
}

/** The hits in one run. */
export interface RunHits {
  readonly adw_id: string;
  readonly hits: number;
  readonly newest: readonly {
    readonly seq: number;
    readonly event_id: string;
    readonly type: string;
    readonly role: string | null;
    readonly at: string | null;
    /** Plain text and hits by turns, plain text first. */
    readonly snippet: readonly string[];
  }[];
}

/** What was found, with what an answer adds that goes on further back. Pure. */
export function moreContents(found: Contents, older: Contents): Contents {
  const runs = new Map(found.runs.map(run => [run.adw_id, run]));
  for (const run of older.runs) {
    const known = runs.get(run.adw_id);
    runs.set(run.adw_id, known === undefined ? run : { ...known, hits: known.hits + run.hits });
  }
  return { next: older.next, runs: [...runs.values()] };
}

/** How the runs with hits are ordered: that with the newest hit first, or that with most. */
export const HIT_ORDERS = ['newest', 'most'] as const;

/** One of {@link HIT_ORDERS}. */
export type HitOrder = (typeof HIT_ORDERS)[number];

/** The runs in that order, those that are not listed left out. Pure. */
export function orderedHits(found: Contents, order: HitOrder, isListed: (adwId: string) => boolean): RunHits[] {
  const runs = found.runs.filter(({ adw_id }) => isListed(adw_id));
  return order === 'newest' ? runs : runs.toSorted((a, b) => b.hits - a.hits);
}
