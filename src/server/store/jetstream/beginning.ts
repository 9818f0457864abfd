import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { Messages } from './messages.ts';
import type { Registry } from './registry.ts';
import type { Subjects } from './subject.ts';

/** What {@link watchBeginning} takes. */
export interface BeginningOptions {
  readonly jsm: JetStreamManager;
  readonly messages: Messages;
  readonly stream: string;
  readonly subjects: Subjects;
  readonly registry: Registry;
}

/**
 * Watches the log's first message, to notice that an admin purged the beginning of the stream, or all of it while others went on
 * writing. Retention takes the first message away, too, but only behind a newer commit of its ADW, which says so.
 * @returns whether the log was cut since the call before, by the stream's state now
 */
export function watchBeginning({ jsm, messages, stream, subjects, registry }: BeginningOptions) {
  let first: { readonly number: number; readonly adwId: string } | undefined;
  return async ({ state }: Pick<StreamInfo, 'state'>): Promise<boolean> => {
    if (state.messages === 0 || state.first_seq === first?.number) return false;
    if (first !== undefined && state.first_seq > first.number) {
      const { number, adwId } = first;
      const extent = registry.get(adwId);
      const isRemoved = extent !== undefined && (extent.events === 0 ? extent.head : extent.first) > number;
      if (extent !== undefined && !isRemoved) {
        // The removal may not have come to this node yet.
        return (await messages.headOf(adwId)) <= extent.last;
      }
    }
    const message = await jsm.streams.getMessage(stream, { seq: state.first_seq });
    first = message === null ? undefined : { number: message.seq, adwId: subjects.adwIdOf(message.subject) };
    return false;
  };
}
