import { onTestFinished } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import type { ServerOptions } from '../../../src/server/options.ts';
import { Client, type Received } from '../../server/fanout/support/client.ts';
import { startTestServer, type TestServer } from '../../server/running.ts';

/** When every test of a drop-in with a stopped clock happens. */
export const NOW = '2026-01-01T12:00:00.000Z';
const stopped: Clock = { now: () => Date.parse(NOW) };

/** A parsed JSON answer. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A whole started server, spoken to as the reference's clients do. */
export interface DropIn {
  readonly server: TestServer;
  post(path: string, body: unknown): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** Opens the socket that the reference's browser client opens. */
  board(path?: string): Promise<Client>;
  /** The events that reached `board` because of `act`, control messages left out. */
  heard(board: Client, act: () => Promise<unknown>): Promise<Received[]>;
}

/** Starts a server. Its clock stands still unless `clock` says otherwise; it is removed by the caller. */
export async function startDropIn(options: Partial<ServerOptions> = {}, clock = stopped): Promise<DropIn> {
  const server = await startTestServer(options, { clock, dashboardDir: '/nonexistent' });
  const post = async (path: string, body: unknown): Promise<Answer> => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  return {
    server,
    post,
    get: async path => {
      const response = await fetch(server.url + path);
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    },
    board: (path = '/ws/trigger') => Client.connect(server.url.replace(/^http/, 'ws'), path),
    heard: async (board, act) => {
      const from = board.events.length;
      await act();
      // What comes after in the log comes after on the socket: once this is here, all of `act` is.
      const mark = `mark ${Math.random()}`;
      await post('/api/agent-log-entry', { adw_id: '00000000', message: mark });
      await board.until(() => board.events.some(({ data }) => data?.message === mark));
      return board.events.slice(from, -1);
    },
  };
}

/** Starts a server for the running test alone. */
export async function startOwnDropIn(options: Partial<ServerOptions> = {}, clock?: Clock): Promise<DropIn> {
  const dropIn = await startDropIn(options, clock);
  onTestFinished(() => dropIn.server.remove());
  return dropIn;
}
