import { isoTime } from '../../base/clock.ts';
import type { Hub } from './hub.ts';
import type { Peer } from './peer.ts';

/** What a `subscription_ack` says of a subscription; `from_seq` is the seq after which it begins. */
export interface Acknowledged {
  readonly adw_id: string;
  readonly status: 'subscribed' | 'unsubscribed';
  readonly from_seq?: number;
}

/** Tells a client, before the first event of a subscription, which log it is of and where it begins; or that it ended. */
export function acknowledge(peer: Peer, { live, clock }: Hub, data: Acknowledged): void {
  peer.send({
    type: 'subscription_ack',
    data: { ...data, epoch: live.epoch, timestamp: isoTime(clock.now()) },
  });
}
