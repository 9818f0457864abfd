import { applyEvent, initialState } from '../../../src/adw/fold.ts';
import type { AdwState } from '../../../src/adw/state.ts';
import type { AnyEvent } from './row-data.ts';

/** Events between two snapshots: seeking folds at most this many. */
const SNAPSHOT_EVENTS = 1000;

interface Snapshot {
  readonly seq: number;
  readonly json: string;
}

/**
 * The states that an ADW was in: the picture at any seq is the nearest snapshot plus the events after it, which are read when a
 * replay asks. The same fold as on the server, so the page can claim nothing that the log does not say.
 */
export class History {
  readonly #adwId: string;
  readonly #snapshots: Snapshot[] = [];
  #sinceSnapshot = 0;
  #replay: { seq: number; state: AdwState; events: readonly AnyEvent[] } | undefined;

  constructor(adwId: string) {
    this.#adwId = adwId;
  }

  /** Keeps a snapshot of a past that is gone through for the first time. */
  #note({ seq, state }: { readonly seq: number; readonly state: AdwState }): void {
    if (seq <= (this.#snapshots.at(-1)?.seq ?? 0) || ++this.#sinceSnapshot < SNAPSHOT_EVENTS) return;
    this.#sinceSnapshot = 0;
    this.#snapshots.push({ seq, json: JSON.stringify(state) });
  }

  /**
   * The state after the event `seq`. `read` answers the events after a seq, in order.
   * Stepping forwards continues from where the last call ended.
   */
  async stateAt(seq: number, read: (after: number) => Promise<readonly AnyEvent[]>): Promise<AdwState> {
    let replay = this.#replay;
    const nearest = this.#snapshots.findLast(snapshot => snapshot.seq <= seq);
    if (replay === undefined || replay.seq > seq || (nearest !== undefined && nearest.seq > replay.seq)) {
      const state = nearest ? (JSON.parse(nearest.json) as AdwState) : initialState(this.#adwId);
      replay = { seq: nearest?.seq ?? 0, state, events: [] };
    }
    while (replay.seq < seq) {
      if (replay.events.length === 0 || replay.events.at(-1)!.seq <= replay.seq) {
        const events = await read(replay.seq);
        if (events.length === 0) break;
        replay = { ...replay, events };
      }
      for (const event of replay.events) {
        if (event.seq <= replay.seq) continue;
        if (event.seq > seq) break;
        replay.state = applyEvent(replay.state, event) ?? replay.state;
        replay.seq = event.seq;
        this.#note(replay);
      }
      // What lies between this event and the next is not of this ADW, or is a raw chunk.
      const next = replay.events.find(event => event.seq > replay!.seq);
      if (next !== undefined && next.seq > seq) replay.seq = seq;
    }
    this.#replay = replay;
    return replay.state;
  }
}
