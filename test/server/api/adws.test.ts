import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RowEvent, rowOf } from '../../../src/adw/row.ts';
import { type RowColumns, rowsInColumns } from '../../../src/adw/row-columns.ts';
import { until } from '../../support/until.ts';
import { expectDescribed } from './documents.ts';
import { type Shown, startShown } from './shown.ts';

let shown: Shown;
const ADW = '1a2b3c4d';
const events = (body: Record<string, unknown>) =>
  body.events as { seq: number; type: string; data: Record<string, string> }[];
const seqs = (body: Record<string, unknown>) => events(body).map(({ seq }) => seq);

beforeAll(async () => {
  shown = await startShown();
  // In one commit: where the disk is slow, the server says a word of its own between two.
  await shown.append(
    ...Array.from({ length: 25 }, (_, i) => {
      const message = `line ${i + 1} ${(i + 1) % 5 === 0 ? 'zebra' : ''}`;
      return ['agent_log', { message, level: 'INFO', agent_role: i % 2 === 1 ? 'sdlc_planner' : 'tester' }] as const;
    }),
  );
  await shown.append(['text_block', { adw_id: 'ffffffff', content: 'another' }]);
  // That word comes a moment later: between two answers it would make them differ.
  await until('their states are told', () => ![ADW, 'ffffffff'].some(id => shown.states.said(id) === undefined));
});
afterAll(() => shown.close());

describe('a page of events', () => {
  const path = `/api/v1/adws/${ADW}/events`;

  it('begins at the beginning, in seq order, and says whether there are more', async () => {
    const { body } = await shown.json(`${path}?limit=10`);
    expect(seqs(body)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(body).toMatchObject({ epoch: shown.store.epoch, more: true });
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}/events', { status: 200, body });
  });

  it('goes on after a seq and ends before another', async () => {
    expect(seqs((await shown.json(`${path}?after=3&before=7`)).body)).toEqual([4, 5, 6]);
    expect((await shown.json(`${path}?after=20&type=agent_log`)).body.more).toBe(false);
  });

  it('with `before` alone is the page that ends there', async () => {
    const { body } = await shown.json(`${path}?before=10&limit=3`);
    expect(seqs(body)).toEqual([7, 8, 9]);
    expect(body.more).toBe(true);
  });

  it('ends before it is too large, and says that there are more', async () => {
    const large = await startShown();
    try {
      const details = 'x'.repeat(6 * 1024 * 1024);
      await large.append(
        ...Array.from({ length: 4 }, () => ['agent_log', { message: 'm', level: 'INFO', details }] as const),
      );
      const lengthOf = async (query: string) => {
        const { body } = await large.json(`${path}?type=agent_log&${query}`);
        return [events(body).length, body.more];
      };
      expect(await lengthOf('after=0')).toEqual([3, true]);
      expect(await lengthOf('after=3')).toEqual([1, false]);
      expect(await lengthOf('before=1000')).toEqual([3, true]);
      const { body } = await large.json(`/api/v1/adws/${ADW}/newest?type=agent_log`);
      expect(events(body)).toHaveLength(3);
    } finally {
      await large.close();
    }
  });

  it('gives every event exactly once when walked forwards or backwards', async () => {
    const forwards: number[] = [];
    const backwards: number[] = [];
    for (let after = 0, more = true; more; ) {
      const { body } = await shown.json(`${path}?after=${after}&limit=4&type=agent_log`);
      forwards.push(...seqs(body));
      after = forwards.at(-1) ?? 0;
      more = body.more === true;
    }
    for (let before = 1e9, more = true; more; ) {
      const { body } = await shown.json(`${path}?before=${before}&limit=4&type=agent_log`);
      backwards.unshift(...seqs(body));
      before = backwards[0] ?? 0;
      more = body.more === true;
    }
    expect(forwards).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(backwards).toEqual(forwards);
  });

  it('is filtered by type, role and words', async () => {
    expect(seqs((await shown.json(`${path}?type=text_block,thinking_block`)).body)).toEqual([]);
    const planner = events((await shown.json(`${path}?role=sdlc_planner`)).body);
    expect(planner).toHaveLength(12);
    expect(seqs((await shown.json(`${path}?q=zebra`)).body)).toEqual([5, 10, 15, 20, 25]);
    expect(seqs((await shown.json(`${path}?q=zeb`)).body)).toEqual([]);
    expect(seqs((await shown.json(`${path}?q=zeb&as_typed=true`)).body)).toEqual([5, 10, 15, 20, 25]);
  });

  it('takes an empty parameter for an absent one', async () => {
    const { status, body } = await shown.json(`${path}?after=&before=&limit=&type=&role=&q=`);
    expect(status).toBe(200);
    expect(seqs(body).slice(0, 3)).toEqual([1, 2, 3]);
  });

  it.each([
    ['after=-1', 'after'],
    ['after=1.5', 'after'],
    ['after=0x10', 'after'],
    ['after=1&after=2', 'after'],
    ['before=x', 'before'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=99999', 'limit'],
    ['limit=1e2', 'limit'],
    ['type=nonsense', 'type'],
    ['type=__proto__', 'type'],
    [`role=${'x'.repeat(300)}`, 'role'],
    [`q=${'x'.repeat(600)}`, 'q'],
    ['q=a&as_typed=1', 'as_typed'],
  ])('refuses %s and names the parameter', async (query, parameter) => {
    const { status, body } = await shown.json(`${path}?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_query', parameter, error: expect.stringContaining(parameter) });
    expect(body.detail).toBe(body.error);
  });

  it('does not fall for a search that is not words', async () => {
    for (const q of ['"', '*', 'a OR b', '(', "'; DROP TABLE events; --", 'NEAR(', '\u0000']) {
      expect((await shown.json(`${path}?q=${encodeURIComponent(q)}`)).status).toBe(200);
    }
  });
});

describe('one event', () => {
  it('is given whole by its id', async () => {
    const [first] = events((await shown.json(`/api/v1/adws/${ADW}/events?limit=1`)).body);
    const { status, body } = await shown.json(`/api/v1/adws/${ADW}/events/${first?.data.event_id}`);
    expect(status).toBe(200);
    expect(body).toEqual(first);
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}/events/{event_id}', { status, body });
  });

  it('is not found under another ADW', async () => {
    const [first] = events((await shown.json(`/api/v1/adws/${ADW}/events?limit=1`)).body);
    const { status, body } = await shown.json(`/api/v1/adws/ffffffff/events/${first?.data.event_id}`);
    expect(status).toBe(404);
    expect(body.code).toBe('not_found');
  });
});

describe('the newest', () => {
  it('is what the last page and the summary say, in one answer', async () => {
    const { status, body } = await shown.json(`/api/v1/adws/${ADW}/newest?limit=5&type=tool_use_pre,text_block`);
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}/newest', { status, body });
    const page = await shown.json(`/api/v1/adws/${ADW}/events?limit=5&before=99999&type=tool_use_pre,text_block`);
    expect(body.events).toEqual(page.body.events);
    expect(body.adw).toEqual((await shown.json(`/api/v1/adws/${ADW}`)).body);
  });

  it('is nothing, and no refusal, of an ADW that the log does not know', async () => {
    const { status, body } = await shown.json('/api/v1/adws/00000000/newest');
    expect([status, body]).toEqual([200, { epoch: shown.store.epoch, events: [], adw: null }]);
  });
});

describe('the index', () => {
  it('has one column entry per event', async () => {
    const { status, body } = await shown.json(`/api/v1/adws/${ADW}/index`);
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}/index', { status, body });
    const lengths = ['seq', 't', 'type', 'role', 'duration', 'status'].map(name => (body[name] as unknown[]).length);
    expect(new Set(lengths).size).toBe(1);
    expect(lengths[0]).toBeGreaterThanOrEqual(25);
  });
});

describe('the rows', () => {
  const path = `/api/v1/adws/${ADW}/rows`;
  const lines = async () => {
    const answer = await fetch(shown.url + path);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const [head, ...pages] = (await answer.text())
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    return { head, rows: (pages as RowColumns[]).flatMap(page => [...rowsInColumns(page)]), all: [head, ...pages] };
  };

  it('are those of all events but raw chunks, as they are made of the events themselves', async () => {
    const { head, rows, all } = await lines();
    for (const line of all) await expectDescribed(shown.url, '/api/v1/adws/{adw_id}/rows', { status: 200, body: line });
    const { body: page } = await shown.json(`/api/v1/adws/${ADW}/events?limit=1000`);
    const events = (page.events as RowEvent[]).filter(({ type }) => type !== 'agent_output_chunk');
    expect(rows).toEqual(events.map(rowOf));
    expect(head).toEqual({ epoch: shown.store.epoch, last_seq: shown.store.lastSeq });
  });

  it('are the same when they come packed', async () => {
    const packed = await fetch(shown.url + path, { headers: { accept: 'application/gzip' } });
    expect([packed.headers.get('content-type'), packed.headers.get('vary')]).toEqual(['application/gzip', 'accept']);
    const unpacked = gunzipSync(await packed.arrayBuffer()).toString();
    expect(unpacked).toBe(await (await fetch(shown.url + path)).text());
  });

  it('are a head alone where there is none, and nothing for HEAD', async () => {
    const head = await fetch(shown.url + path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});

describe('how an ADW stood', () => {
  it('is said of any seq, forwards and backwards, as of the newest event until then', async () => {
    const at = async (seq: number) => (await shown.json(`/api/v1/adws/${ADW}?at=${seq}`)).body;
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}', { status: 200, body: await at(3) });
    for (const seq of [3, 10, 2, 25]) expect(await at(seq)).toMatchObject({ last_seq: seq, totals: { events: seq } });
    expect(await at(1)).toMatchObject({ roles: [{ role: 'tester' }] });
    const now = (await shown.json(`/api/v1/adws/${ADW}`)).body;
    expect((await at(999_999)).totals).toEqual(now.totals);
  });

  it('is refused for what is no seq', async () => {
    const { status, body } = await shown.json(`/api/v1/adws/${ADW}?at=x`);
    expect([status, body.code]).toEqual([400, 'invalid_query']);
  });
});

describe('the list and the summary', () => {
  it('count what the log holds', async () => {
    const list = await shown.json('/api/v1/adws');
    await expectDescribed(shown.url, '/api/v1/adws', list);
    expect(list.body).toMatchObject({ epoch: shown.store.epoch, agents_dir: null });
    const one = await shown.json(`/api/v1/adws/${ADW}`);
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}', one);
    expect(one.body).toMatchObject({ adw_id: ADW, roles: [{ role: 'tester' }, { role: 'sdlc_planner' }] });
    expect((list.body.adws as unknown[]).length).toBe(2);
  });

  it.each(['', '/events', '/index', '/rows', '/artifacts'])('say that they do not know an ADW: %s', async rest => {
    const { status, body } = await shown.json(`/api/v1/adws/00000000${rest}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'adw_not_found', error: "ADW ID '00000000' not found" });
    await expectDescribed(shown.url, `/api/v1/adws/{adw_id}${rest}`, { status, body });
  });
});
