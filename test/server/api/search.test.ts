import { describe, expect, test } from 'vitest';
import { postEvents, serverForTest } from '../running.ts';

const [A, B] = ['aaaaaaaa', 'bbbbbbbb'];

interface Answer {
  readonly next: number | null;
  readonly runs: readonly {
    readonly adw_id: string;
    readonly hits: number;
    readonly newest: readonly { readonly event_id: string; readonly role: string | null; readonly snippet: string[] }[];
  }[];
}

const said = (adw_id: string, event_id: string, content: string) => ({
  type: 'text_block',
  data: { adw_id, event_id, content, agent_role: 'planner', timestamp: '2026-01-01T12:00:00.000Z' },
});

async function serveTexts(...events: readonly ReturnType<typeof said>[]) {
  const { url } = await serverForTest();
  const { body } = await postEvents(url, events);
  expect(body.accepted).toBe(events.length);
  return async (query: string) => (await (await fetch(`${url}/api/v1/search?${query}`)).json()) as Answer;
}

describe('a search over all runs', () => {
  test('answers hits by run, that with the newest first, with the words marked', async () => {
    const search = await serveTexts(
      said(B, 'b1', 'The session limit was reached.'),
      said(A, 'a1', 'Limits of the API'),
      said(A, 'a2', 'nothing of the kind'),
      said(A, 'a3', 'another limit\u001b[0m\u202e'),
    );
    expect(await search('q=limi')).toMatchObject({
      next: null,
      runs: [
        {
          adw_id: A,
          hits: 2,
          newest: [
            { event_id: 'a3', role: 'planner', snippet: ['another ', 'limit', expect.not.stringContaining('\u202e')] },
            { event_id: 'a1', snippet: ['', 'Limits', ' of the API'] },
          ],
        },
        { adw_id: B, hits: 1, newest: [{ event_id: 'b1' }] },
      ],
    });
    expect((await search('q=planner')).runs[0]?.newest[0]?.snippet.at(-2)).toBe('planner');
    expect((await search('q=session+lim')).runs.map(({ adw_id }) => adw_id)).toEqual([B]);
    expect((await search('q=sess+limit')).runs).toEqual([]);
    expect(await search('q=%22%2A')).toMatchObject({ next: null, runs: [] });
  });

  test('counts so many hits, shows three of a run, and says before what it did not look', async () => {
    const many = Array.from({ length: 700 }, (_, index) => said(A, `a${index}`, `needle ${index}`));
    const search = await serveTexts(said(B, 'b1', 'an old needle'), ...many);
    const first = await search('q=needle');
    expect(first.runs).toMatchObject([{ adw_id: A, hits: 500 }]);
    expect(first.runs[0]?.newest.map(({ event_id }) => event_id)).toEqual(['a699', 'a698', 'a697']);
    const rest = await search(`q=needle&before=${first.next}`);
    expect(rest).toMatchObject({
      next: null,
      runs: [
        { adw_id: A, hits: 200 },
        { adw_id: B, hits: 1 },
      ],
    });
  });

  test('is refused without words to look for, or with a place that is none', async () => {
    const { url } = await serverForTest();
    for (const query of ['', '?q=x&before=y']) {
      const answer = await fetch(`${url}/api/v1/search${query}`);
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_query' }]);
    }
  });
});
