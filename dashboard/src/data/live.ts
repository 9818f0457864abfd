import type { RowEvent } from '../../../src/adw/row.ts';
import { connect } from '../../../src/client/client.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';

/** How the connection is, as far as a reader cares. */
export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' /** Events that came after an interruption. */; readonly recovered?: number }
  /** All that there is lies in the page. */
  | { readonly state: 'exported' }
  | { readonly state: 'lagging'; readonly behind: number }
  | { readonly state: 'retrying'; readonly retryAt: number; readonly reason: string; retryNow(): void };

/** What {@link follow} takes. */
export interface FollowOptions {
  /** The seq that the page has. */
  readonly after: number;
  /** The log that `after` is of. */
  readonly epoch: string;
  readonly onEvents: (events: readonly RowEvent[]) => void;
  readonly onLink: (link: Link) => void;
  /** The log was started anew, or no longer keeps what lies between: everything has to be read again. */
  readonly onResync: () => void;
}

/** ms that a notice about an interruption stays. */
const NOTICE_MS = 6000;
/** ms of calm after which a reader that lagged has caught up. */
const CALM_MS = 1500;

/** Follows one ADW live, across interruptions. Returns a function that stops. */
export function follow(adwId: string, options: FollowOptions): () => void {
  const client = connect(location.origin, { backoff: { baseMs: 500, maxMs: 8000 } });
  /** Events since the connection was lost; undefined once it has caught up. */
  let recovered: number | undefined;
  let timer = 0;
  const say = (link: Link, thenLiveMs = 0) => {
    clearTimeout(timer);
    options.onLink(link);
    if (thenLiveMs > 0) timer = window.setTimeout(() => options.onLink({ state: 'live' }), thenLiveMs);
  };
  const sayLive = () =>
    recovered === undefined ? say({ state: 'live' }) : say({ state: 'live', recovered }, NOTICE_MS);
  client.on('events', events => {
    options.onEvents(events);
    if (recovered === undefined) return;
    recovered += events.length;
    if (client.status.state === 'open') sayLive();
  });
  client.on('status', ({ state, retryAt, reason }) => {
    if (state === 'open') {
      sayLive();
      // What comes within the next moments was missed; after that it is news.
      setTimeout(() => {
        recovered = undefined;
      }, CALM_MS);
    } else if (state === 'waiting' || state === 'closed') {
      recovered ??= 0;
      say({ state: 'retrying', retryAt: retryAt ?? Date.now(), reason, retryNow: () => client.reconnect() });
    }
  });
  client.on('lagging', ({ behind }) => say({ state: 'lagging', behind }, CALM_MS));
  client.on('resync', () => options.onResync());
  client.on('gap', () => options.onResync());
  client.subscribe(adwId, { after: options.after, epoch: options.epoch, types: ROW_TYPES });
  return () => {
    clearTimeout(timer);
    client.close();
  };
}
