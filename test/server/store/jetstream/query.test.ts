import { describe, expect, it } from 'vitest';
import { emptyIndex } from '../../../../src/server/store/jetstream/adw-index.ts';
import type { Commit } from '../../../../src/server/store/jetstream/commit.ts';
import { readEvents, SEARCH_COMMITS_MAX } from '../../../../src/server/store/jetstream/query.ts';
import { seqOf } from '../../../../src/server/store/jetstream/seq.ts';
import { subjectsOf } from '../../../../src/server/store/jetstream/subject.ts';

const ADW = '1a2b3c4d';
const COMMITS = SEARCH_COMMITS_MAX + 500;

/** A log of one ADW whose every commit is an event, most of them without the word. */
function searched(wordIn: (commit: number) => boolean) {
  const index = emptyIndex(ADW);
  for (let number = 1; number <= COMMITS; number++) {
    index.columns.seq.push(seqOf(number, 0));
    index.columns.type.push('agent_log');
    index.columns.role.push(null);
  }
  const lastSeq = seqOf(COMMITS, 0);
  let fetched = 0;
  const commit = (number: number): Commit => {
    const text = wordIn(number) ? 'needle' : 'hay';
    const meta = {
      type: 'agent_log',
      eventId: `${number}`,
      timeMs: 0,
      role: null,
      durationMs: null,
      status: '',
      text,
      isOfUnit: false,
    } as const;
    const event = { seq: seqOf(number, 0), type: 'agent_log', adwId: ADW, dataJson: '{}' } as const;
    const head = { id: '', kind: 'events', after: 0, count: 1, first: 1, events: 1, bytes: 0, before: 0 } as const;
    return { number, adwId: ADW, head, storedAt: 0, files: [], ids: [], metas: [meta], events: [event], bytes: 0 };
  };
  const cuts: number[] = [];
  const sources = {
    messages: {
      get: async (numbers: readonly number[]) => {
        fetched += numbers.length;
        return numbers.map(commit);
      },
      scan: () => Promise.reject(new Error('not read in order')) as never,
      counts: async () => true,
    },
    indexes: { open: async () => index, peek: () => index },
    registry: {
      get: () => ({
        adwId: ADW,
        head: COMMITS,
        headFrom: COMMITS,
        last: COMMITS,
        first: 1,
        lastSeq,
        events: COMMITS,
        bytes: 0,
        storedAt: 0,
      }),
      isStale: () => false,
      ...{ lastSeq, firstSeq: 0 },
    },
    subjects: subjectsOf('adw'),
    since: 0,
  };
  type Asked = { after?: number; before?: number; order?: 'desc'; signal?: AbortSignal };
  const searchAll = async (query: Asked & { adwId?: string }) => {
    const page = await readEvents({ q: 'needle', limit: 10, onCut: seq => void cuts.push(seq), ...query }, sources);
    return page.map(({ seq }) => seq);
  };
  const search = (query: Asked) => searchAll({ adwId: ADW, ...query });
  return { search, searchAll, cuts, fetched: () => fetched };
}

describe('a search in an ADW of thousands of commits', () => {
  it('fetches a bounded number of them, says where it was cut, and goes on there', async () => {
    const { search, cuts, fetched } = searched(number => number === COMMITS);
    expect(await search({})).toEqual([]);
    expect([fetched(), cuts]).toEqual([SEARCH_COMMITS_MAX, [seqOf(SEARCH_COMMITS_MAX, 0)]]);
    expect(await search({ after: cuts[0]! })).toEqual([seqOf(COMMITS, 0)]);
    expect(cuts).toHaveLength(1);
  });

  it('does so from the newest end, too', async () => {
    const { search, cuts, fetched } = searched(number => number === 1);
    expect(await search({ order: 'desc' })).toEqual([]);
    expect([fetched(), cuts]).toEqual([SEARCH_COMMITS_MAX, [seqOf(COMMITS - SEARCH_COMMITS_MAX + 1, 0)]]);
    expect(await search({ order: 'desc', before: cuts[0]! })).toEqual([seqOf(1, 0)]);
  });

  it('does so over all ADWs, from the newest end', async () => {
    const { searchAll, cuts, fetched } = searched(number => number === 1);
    expect(await searchAll({ order: 'desc' })).toEqual([]);
    expect([fetched(), cuts]).toEqual([SEARCH_COMMITS_MAX, [seqOf(COMMITS - SEARCH_COMMITS_MAX + 1, 0)]]);
    expect(await searchAll({ order: 'desc', before: cuts[0]! })).toEqual([seqOf(1, 0)]);
    const before = fetched();
    expect(await searchAll({ order: 'desc', signal: AbortSignal.abort() })).toEqual([]);
    expect(fetched()).toBe(before);
  });

  it('fetches nothing once its reader has left', async () => {
    const { search, fetched } = searched(() => false);
    expect(await search({ signal: AbortSignal.abort() })).toEqual([]);
    expect(fetched()).toBe(0);
  });
});
