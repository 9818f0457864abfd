import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../server/fanout/support/client.ts';
import { CLIENTS } from '../../server/ingest/ingest-server.ts';
import { CASES, type Case } from '../../server/ingest/reference-cases.ts';
import { type DropIn, NOW, startDropIn } from './drop-in.ts';

/** What a browser that never subscribed is told beside an event, because its screen does not show that. */
function inWords({ type }: NonNullable<Case['events']>[number]): NonNullable<Case['events']> {
  return type === 'workflow_phase_transition' ? [{ type: 'agent_log', data: { event_type: type } }] : [];
}

/**
 * The table of the reference's ingest routes once more, on the whole server: what is posted, what is answered, and what
 * a browser on `/ws/trigger` is sent because of it.
 */
describe('a request of the reference', () => {
  let dropIn: DropIn;
  beforeAll(async () => {
    dropIn = await startDropIn();
  });
  afterAll(() => dropIn.server.remove());

  const run = async ({ route, body, status = 200, answer, events = [] }: Case) => {
    const boards: Client[] = [];
    for (let count = 0; count < CLIENTS; count++) boards.push(await dropIn.board());
    const [board] = boards as [Client];
    const heard = await dropIn.heard(board, async () => {
      const response = await dropIn.post(`/api/${route}`, body);
      expect(response.status).toBe(status);
      if (typeof answer === 'string') expect(response.body).toMatchObject({ error: answer, detail: answer });
      else expect(response.body).toEqual(answer);
    });
    const expected = events.flatMap(event => [event, ...inWords(event)]);
    expect(heard.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
    for (const [index, { data }] of expected.entries()) {
      expect(heard[index]?.data).toMatchObject({ timestamp: NOW, ...data });
    }
    for (const socket of boards) socket.socket.close();
    for (const socket of boards) await socket.end();
  };

  const routes = [...new Set(CASES.map(({ route }) => route))];
  describe.each(routes)('to /api/%s', route => {
    it.each(CASES.filter(each => each.route === route))('$name', run);
  });
});
