import { markOf } from '../data/mark.ts';

/** Bytes of an event, about. */
const EVENT_BYTES = 1_024;
const FILLING = 'the tests pass and the list is sorted by date, newest first; '.repeat(20).slice(0, EVENT_BYTES - 330);

/** An event of 1 KB as one line of JSON, without a newline. */
export function eventText(adwId: string, publisher: number, number: number): string {
  const time = '2026-01-01T12:00:00.000Z';
  return `{"type":"text_block","data":{"adw_id":"${adwId}","timestamp":"${time}","timing":"exact","agent_role":"sdlc_implementor","phase":"build","attempt":1,"session_id":"5e551011-0000-4000-8000-000000000001","content":"${FILLING}","sequence":${number},"mark":"${markOf(publisher, number)}"}}`;
}

/** A server that takes events by POST and hands them to WebSockets. */
export interface Broadcaster {
  readonly subject: string;
  readonly port: number;
  /** Where subscribers connect and what they send, so that they get the events of one of `adws` (of all: `undefined`). */
  subscription(adws: readonly string[] | undefined): { path: string; hello: readonly string[]; opcode: 1 | 2 };
  /** A way in; events of one way stay in order. */
  connect(): Promise<Publisher>;
  cpuSeconds(): number;
  memoryMB(): { readonly now: number; readonly peak: number };
  stop(): Promise<void>;
}

/** Publishes events, and resolves when the other side has answered. */
export interface Publisher {
  publish(events: readonly string[]): Promise<void>;
  close(): void;
}

/** What {@link publishAll} publishes. */
export interface PublishPlan {
  readonly adwId: string;
  /** Events of each publisher. */
  readonly count: number;
  readonly perPost: number;
  /** Waits while this answers false: a load that runs far ahead measures only queues. */
  readonly mayGoOn: (publishedByAll: number) => boolean;
  /** First number; 0 when absent. */
  readonly from?: number;
}

/** Lets every publisher publish its events, each waiting for its own answers. */
export async function publishAll(publishers: readonly Publisher[], plan: PublishPlan): Promise<void> {
  const { adwId, count, perPost, mayGoOn, from = 0 } = plan;
  let published = 0;
  await Promise.all(
    publishers.map(async (publisher, index) => {
      for (let number = from; number < from + count; number += perPost) {
        while (!mayGoOn(published)) await new Promise(resolve => setTimeout(resolve, 2));
        const size = Math.min(perPost, from + count - number);
        published += size;
        await publisher.publish(Array.from({ length: size }, (_, offset) => eventText(adwId, index, number + offset)));
      }
    }),
  );
}
