import { expect, it } from 'vitest';
import { IndexCache } from '../../../../src/server/store/jetstream/index-cache.ts';
import { INDEXED_EVENTS_MAX } from '../../../../src/server/store/jetstream/options.ts';
import { Registry } from '../../../../src/server/store/jetstream/registry.ts';
import { subjectsOf } from '../../../../src/server/store/jetstream/subject.ts';

it('lets go of ADWs of which nothing but ids is left, too, when it holds too many', async () => {
  const ids = Array.from({ length: INDEXED_EVENTS_MAX / 2 + 1 }, (_, at) => `id-${at}`);
  const head = { id: '', kind: 'removed', after: 0, count: 0, first: 0, events: 0, bytes: 0, before: 0 } as const;
  const removal = { number: 1, adwId: '', head, storedAt: 0, files: [], ids, metas: [], events: [], bytes: 0 };
  const registry = new Registry();
  for (const adwId of ['aaaaaaaa', 'bbbbbbbb']) registry.apply({ ...removal, adwId });
  const indexes = new IndexCache({
    // In a broker's place: to write a million ids into one, and to read them, would take a minute.
    messages: {
      async *scan() {
        yield removal;
      },
    } as never,
    subjects: subjectsOf('adw'),
    registry,
  });
  await indexes.open('aaaaaaaa');
  expect((await indexes.open('bbbbbbbb')).idsOutside.size).toBe(ids.length);
  expect(indexes.peek('aaaaaaaa')).toBeUndefined();
  expect(indexes.peek('bbbbbbbb')).toBeDefined();
});
