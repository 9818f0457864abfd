import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../../src/server/store/jetstream/commit.ts';
import { commitFilter } from '../../../../src/server/store/jetstream/commit-filter.ts';
import { Registry } from '../../../../src/server/store/jetstream/registry.ts';
import { isOlder, REPLICATES_FROM } from '../../../../src/server/store/jetstream/stream.ts';

/** What senders put into the stream: the ADW, and how many of its messages the sender had not seen. */
const puts = fc.array(fc.record({ adw: fc.nat(2), unseen: fc.nat(2) }), { minLength: 1, maxLength: 40 });

/** The messages, as their senders made them. */
function messagesOf(made: readonly { readonly adw: number; readonly unseen: number }[]): Commit[] {
  const known = new Map<string, number[]>();
  return made.map(({ adw, unseen }, index) => {
    const adwId = `adw${adw}`;
    const own = known.get(adwId) ?? [];
    known.set(adwId, [...own, index + 1]);
    const head = { id: `${index}`, kind: 'events', after: own.at(-1 - unseen) ?? 0, count: 1 } as const;
    const totals = { first: 0, events: 1, bytes: 1, before: 0 };
    const rest = { storedAt: 0, files: [], ids: [], metas: [], events: [], bytes: 1 };
    return { number: index + 1, adwId, head: { ...head, ...totals }, ...rest };
  });
}

describe('which commits count', () => {
  it('is the same wherever reading begins, and whenever a node began to follow', async () => {
    await fc.assert(
      fc.asyncProperty(puts, fc.nat(40), fc.nat(40), async (made, from, since) => {
        const messages = messagesOf(made);
        const registry = new Registry();
        const wanted = new Map(messages.map(message => [message.number, registry.apply(message)]));
        const lookedUp = ({ number, adwId, head }: Pick<Commit, 'number' | 'adwId' | 'head'>) =>
          Promise.resolve(
            !messages.some(other => other.adwId === adwId && other.number > head.after && other.number < number),
          );
        const counts = commitFilter(from, { messages: { counts: lookedUp }, registry, since });
        for (const message of messages) {
          if (message.number >= from) expect(await counts(message)).toBe(wanted.get(message.number));
        }
      }),
    );
  });
});

describe('versions of nats-server', () => {
  it.each([
    ['2.9.10', true],
    ['2.10.26', true],
    ['2.10.27', false],
    ['2.10.27-beta.1', false],
    ['2.11.0', false],
    ['3.0.0', false],
    ['', true],
  ])('%s is too old to replicate: %s', (version, old) => {
    expect(isOlder(version, REPLICATES_FROM)).toBe(old);
  });
});
