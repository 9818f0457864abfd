import type { Connection } from './connection.ts';

/** Which log this is, and which of its seqs exist. */
export interface Bounds {
  readonly epoch: string;
  /** The oldest seq that is kept, minus one; where nothing is kept, the last that was given. */
  first(): number;
  /** The last seq that was given, also when retention has removed it since. */
  last(): number;
}

/** Opens the bounds of the log. */
export function openBounds(connection: Connection): Bounds {
  const { epoch } = connection.prepare('SELECT epoch FROM log').get() as { epoch: string };
  const oldest = connection.prepare('SELECT min(seq) AS seq FROM events');
  const newest = connection.prepare('SELECT max(last_seq, coalesce((SELECT max(seq) FROM events), 0)) AS seq FROM log');
  const last = () => (newest.get() as { seq: number }).seq;
  return {
    epoch,
    last,
    first() {
      const { seq } = oldest.get() as { seq: number | null };
      return seq === null ? last() : seq - 1;
    },
  };
}
