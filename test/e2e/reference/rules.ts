import { once } from 'node:events';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.ts';
import { OPTION_SPECS } from '../../../src/cli/options.ts';
import type { Client } from '../../server/fanout/support/client.ts';
import { rawRequest } from '../../server/running.ts';
import { startOwnDropIn } from './drop-in.ts';

/** What a server has to do so that the reference's clients notice no difference; each is a case of `rules.test.ts`. */
export type Rule = () => Promise<void>;

const ADW = '1a2b3c4d';
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const logOf = (message: string) => ({
  type: 'workflow_log',
  data: { adw_id: ADW, workflow_name: 'w', message, level: 'INFO', timestamp: '2026-01-01T00:00:00Z' },
});

/** What the two servers of the reference are to their clients. */
export const SERVER_RULES: Readonly<Record<string, Rule>> = {
  Port: async () => {
    expect(OPTION_SPECS.port.default).toBe('8500');
  },
  'WebSocket path': async () => {
    const { board } = await startOwnDropIn();
    for (const path of ['/ws', '/ws/trigger']) await (await board(path)).first('connection_ack');
  },
  Root: async () => {
    const { server } = await startOwnDropIn();
    const answer = await fetch(server.url, { headers: { accept: 'application/json' } });
    expect(await answer.json()).toMatchObject({ status: 'ok', service: 'ADW Management API' });
  },
  Health: async () => {
    const { get, board } = await startOwnDropIn();
    await board();
    // On a busy machine a commit may have taken so long that the disk counts as slow until the next probe.
    await expect
      .poll(async () => (await get('/health')).body)
      .toMatchObject({
        status: 'healthy',
        service: 'adw-websocket-trigger',
        active_connections: 1,
        total_workflows_triggered: 0,
        uptime_seconds: 0,
        health_check: null,
        error: null,
      });
  },
  CORS: async () => {
    const { server } = await startOwnDropIn();
    for (const origin of ['http://localhost:9200', 'https://board.localhost', 'http://localhost:9214']) {
      const answer = await fetch(`${server.url}/health`, { headers: { origin } });
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    }
  },
  Errors: async () => {
    const { get, post } = await startOwnDropIn();
    for (const answer of [
      await get('/nothing'),
      await post('/api/spec-created', {}),
      await post('/api/spec-created', '{'),
    ])
      expect(answer.body.error).toBe(answer.body.detail);
  },
  'Errors of the server itself': async () => {
    const { server, post } = await startOwnDropIn();
    const { port } = server;
    expect((await post('/api/spec-created', '{"adw_id":')).status).toBe(400);
    const cut = await rawRequest(port, {
      method: 'POST',
      path: '/api/spec-created',
      headers: { 'content-type': 'application/json', 'content-length': '9000000' },
    });
    expect(cut.status).toBe(413);
    expect(cut.body).not.toMatch(/\/src\/|at \w+ \(/);
  },
  'Tokens and names': async () => {
    const { server } = await startOwnDropIn();
    const stranger = await rawRequest(server.port, { path: '/health', headers: { host: 'evil.example' } });
    expect(stranger.status).toBe(403);
  },
  'One call, told twice': async () => {
    const { post, get } = await startOwnDropIn();
    const call = { tool_name: 'Bash', tool_use_id: 'toolu_1' };
    for (const phase of ['pre', 'post'])
      await post('/api/tool-execution', { adw_id: ADW, ...call, phase, input_data: {} });
    const line = {
      adw_id: ADW,
      agent_role: 'builder',
      attempt: 1,
      source: { path: 'builder/raw_output.jsonl' },
      ...call,
    };
    await post('/api/v1/events', [
      { type: 'tool_use_pre', data: { ...line, input: {} } },
      { type: 'tool_use_post', data: { ...line, output: '', success: true, status: 'success' } },
    ]);
    const ended = {
      workflow_name: 'w',
      status: 'completed',
      message: 'Workflow completed',
      timestamp: new Date().toISOString(),
    };
    await post('/api/workflow-updates', { type: 'status_update', data: { adw_id: ADW, ...ended } });
    const { body } = await get(`/api/v1/adws/${ADW}`);
    expect(body.totals).toMatchObject({ tools: 1 });
    expect(body.phases).toContainEqual(expect.objectContaining({ name: 'other', status: 'completed' }));
  },
  'On connect': async () => {
    const { board } = await startOwnDropIn();
    const connected = await board();
    expect(connected.messages.map(({ type }) => type)).toEqual(['connection_ack']);
    expect(connected.messages[0]?.data).toMatchObject({ connection_id: expect.stringMatching(/\S/) });
  },
};

/** How the reference's browser client connects, and what it makes of what it gets. */
export const BROWSER_RULES: Readonly<Record<string, Rule>> = {
  'WebSocket URL': async () => {
    const { server } = await startOwnDropIn();
    for (const host of ['adw.my-tree.localhost', 'localhost', `127.0.0.1:${server.port}`]) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws/trigger`, {
        headers: { host, origin: 'http://my-tree.localhost' },
      });
      await once(socket, 'open');
      socket.terminate();
    }
  },
  'HTTP bases': async () => {
    const { server } = await startOwnDropIn();
    for (const host of ['api.my-tree.localhost', 'localhost:8500', 'localhost:8502']) {
      expect((await rawRequest(server.port, { path: '/api/adws/list', headers: { host } })).status).toBe(200);
    }
  },
  Ping: async () => {
    const { board } = await startOwnDropIn();
    const connected = await board();
    connected.send({ type: 'ping' });
    connected.send({ type: 'ping', timestamp: 1_700_000_000_123, healthCheck: true });
    await connected.until(() => connected.of('pong').length === 2);
  },
  Pong: async () => {
    const { board } = await startOwnDropIn();
    const connected = await board();
    connected.send({ type: 'ping' });
    const pong = await connected.first('pong');
    expect(pong).toMatchObject({
      timestamp: expect.any(Number),
      server_time: expect.stringMatching(INSTANT),
      connection_id: (await connected.first('connection_ack')).data?.connection_id,
      data: { timestamp: expect.stringMatching(INSTANT) },
    });
    expect(pong).not.toHaveProperty('client_timestamp');
  },
  Latency: async () => {
    const { board } = await startOwnDropIn({}, systemClock);
    const connected = await board();
    connected.send({ type: 'ping', timestamp: Date.now(), healthCheck: true });
    const pong = await connected.first('pong');
    expect(pong).toMatchObject({ client_timestamp: pong.timestamp, server_time: expect.stringMatching(INSTANT) });
    expect(pong.timestamp).toBeLessThanOrEqual(Date.now());
    // The service's own ping every 15 s has no timestamp; its connection monitor hears that answer too.
    connected.send({ type: 'ping' });
    await connected.until(() => connected.of('pong').length === 2);
    expect(connected.of('pong').at(-1)?.timestamp).toBeLessThanOrEqual(Date.now());
  },
  Reconnecting: async () => {
    const { server, board } = await startOwnDropIn();
    const connected = await board();
    const closed = connected.end();
    await server.close();
    expect((await closed).code).toBe(1001);
  },
  'After a reconnect': async () => {
    const { post, get } = await startOwnDropIn();
    const stages = [
      'plan',
      'build',
      'test',
      'review',
      'document',
      'ready-to-merge',
      'pr',
      'errored',
      'backlog',
      'completed',
    ];
    for (const to_stage of stages) {
      await post('/api/stage-event', { adw_id: ADW, to_stage });
      expect((await get(`/api/adws/${ADW}`)).body.current_stage).toBe(to_stage);
    }
    await post('/api/workflow-updates', {
      type: 'status_update',
      data: {
        ...logOf('m').data,
        timestamp: new Date().toISOString(),
        status: 'in_progress',
        current_step: 'Stage: test',
      },
    });
    expect((await get(`/api/adws/${ADW}`)).body.current_stage).toBe('test');
  },
  'Outgoing queue': async () => {
    const dropIn = await startOwnDropIn();
    const [sender, other] = [await dropIn.board(), await dropIn.board()];
    for (let count = 0; count < 100; count++) sender.send(logOf(`line ${count}`));
    await other.until(() => other.events.length === 100);
    expect(other.events.map(({ data }) => data?.message)).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n}`));
    expect(sender.of('error')).toEqual([]);
  },
  'Duplicates of its own': async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    const heard = await dropIn.heard(connected, async () => {
      for (let count = 0; count < 2; count++) await dropIn.post('/api/workflow-updates', logOf('the same'));
    });
    expect(heard.map(({ data }) => data?.message)).toEqual(['the same', 'the same']);
  },
  'Its caps': async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    const totals = { usage: {}, totals: {}, estimated: true };
    const heard = await dropIn.heard(connected, async () => {
      const events = [{ type: 'usage_update', data: { adw_id: ADW, ...totals } }];
      expect((await dropIn.post('/api/v1/events', events)).body).toMatchObject({ accepted: 1 });
    });
    expect(heard).toEqual([]);
  },
  'What only our own page shows': async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    const common = { adw_id: ADW, agent_role: 'builder' };
    const heard = await dropIn.heard(connected, () =>
      dropIn.post('/api/v1/events', [
        { type: 'attempt_started', data: { ...common, attempt: 2, reason: 'rewritten', lost_bytes: 0 } },
        { type: 'todo_update', data: { ...common, items: [{ content: 'do it', state: 'in_progress' }] } },
        { type: 'malformed_line', data: { ...common, reason: 'not JSON', bytes: 3, preview: '{"a' } },
        { type: 'workflow_phase_transition', data: { ...common, phase_from: 'plan', phase_to: 'build', metadata: {} } },
      ]),
    );
    expect(heard.filter(({ type }) => type === 'agent_log').map(({ data }) => data?.message)).toEqual([
      'builder: attempt 2 started (rewritten)',
      'builder: todos 0/1 · do it',
      'builder: a line could not be read (not JSON): {"a',
      'Phase: plan → build',
    ]);
    expect(heard.filter(({ type }) => type !== 'agent_log').map(({ type }) => type)).toEqual([
      'workflow_phase_transition',
    ]);
  },
  'Everything by data.adw_id': async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    const [heard] = await dropIn.heard(connected, () => dropIn.post('/api/workflow-updates', logOf('m')));
    expect(heard?.data?.adw_id).toBe(ADW);
  },
  'An object in data': async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    const announcements = await dropIn.heard(connected, async () => {
      await dropIn.post('/api/workflow-phase-transition', { adw_id: ADW, phase_to: 'plan', phase_from: null });
      await dropIn.post('/api/screenshot-available', { adw_id: ADW, screenshot_path: 'a.png', metadata: null });
      await dropIn.post('/api/spec-created', { adw_id: ADW, spec_path: 'specs/a.md', metadata: null });
    });
    const own = announcements.filter(({ type }) => type !== 'agent_log');
    expect(own.map(({ data }) => data?.metadata)).toEqual([{}, {}, {}]);
  },
};

const errorOf = async (message: unknown) => {
  const { board } = await startOwnDropIn();
  const connected = await board();
  connected.send(message);
  const { data } = await connected.first('error');
  connected.send({ type: 'ping' });
  await connected.first('pong');
  expect(data?.error_type).toBe('validation_error');
  return data?.message;
};

const refusedWith = async (type: string, message: Readonly<Record<string, unknown>>) => {
  const { board } = await startOwnDropIn();
  const connected = await board();
  connected.send(message);
  const { data } = await connected.first(type);
  expect(data).toMatchObject({ status: 'error', error: expect.stringContaining('not offered here') });
};

/** What clients may send over a WebSocket, and what comes back. */
export const CLIENT_RULES: Readonly<Record<string, Rule>> = {
  ping: BROWSER_RULES.Ping as Rule,
  register_session: async () => {
    const { board } = await startOwnDropIn();
    const connected = await board();
    connected.send({ type: 'register_session', data: { session_id: 's', client_info: null } });
    expect((await connected.first('session_registered')).data).toMatchObject({ session_id: 's' });
    for (const data of [{}, { session_id: null }, { session_id: '' }, null]) {
      expect(await errorOf({ type: 'register_session', data })).toBe('session_id is required for session registration');
    }
  },
  workflow_log: async () => {
    const dropIn = await startOwnDropIn();
    const [sender, other] = [await dropIn.board(), await dropIn.board()];
    sender.send(logOf('from a browser'));
    expect((await other.first('workflow_log')).data).toMatchObject(logOf('from a browser').data);
    expect((await sender.first('workflow_log')).data).toMatchObject(logOf('from a browser').data);
    for (const field of ['adw_id', 'workflow_name', 'message', 'level', 'timestamp']) {
      const data = Object.fromEntries(Object.entries(logOf('m').data).filter(([name]) => name !== field));
      expect(await errorOf({ type: 'workflow_log', data })).toBe(`Missing required fields for workflow_log: ${field}`);
    }
  },
  trigger_workflow: () =>
    refusedWith('trigger_response', {
      type: 'trigger_workflow',
      data: { workflow_type: 'adw_sdlc_iso', adw_id: null },
    }),
  ticket_notification: () =>
    refusedWith('ticket_notification_response', { type: 'ticket_notification', data: { id: 1 } }),
  'another type': async () => {
    expect(await errorOf({ type: 'dance' })).toBe('Unknown message type: dance');
  },
  'what is not JSON': async () => {
    expect(await errorOf('{"type":')).toMatch(/^Invalid JSON format: /);
  },
  subscribe: async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    const { data } = await connected.subscribe({ adw_id: ADW });
    expect(data).toMatchObject({ adw_id: ADW, status: 'subscribed', timestamp: expect.stringMatching(INSTANT) });
    await dropIn.post('/api/workflow-updates', { ...logOf('m'), data: { ...logOf('m').data, adw_id: 'ffffffff' } });
    await dropIn.post('/api/workflow-updates', logOf('mine'));
    await connected.until(() => connected.events.some(({ type }) => type === 'workflow_log'));
    expect(connected.of('workflow_log').map(message => message.data?.message)).toEqual(['mine']);
  },
  unsubscribe: async () => {
    const dropIn = await startOwnDropIn();
    const connected = await dropIn.board();
    await connected.subscribe({ adw_id: ADW });
    connected.send({ type: 'unsubscribe', adw_id: ADW });
    await connected.until(() => connected.of('subscription_ack').length === 2);
    expect(connected.of('subscription_ack')[1]?.data).toMatchObject({ adw_id: ADW, status: 'unsubscribed' });
  },
  silence: async () => {
    const { server, board } = await startOwnDropIn({ heartbeatMs: 500 }, systemClock);
    const alive = await board();
    const mute = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws/trigger`, { autoPong: false });
    const [code] = await once(mute, 'close');
    expect(code).toBe(1001);
    expect(alive.closed).toBeUndefined();
  },
  'one session, several tabs': async () => {
    const dropIn = await startOwnDropIn();
    const tabs: Client[] = [await dropIn.board(), await dropIn.board()];
    for (const tab of tabs) {
      tab.send({ type: 'register_session', data: { session_id: 'the same' } });
      await tab.first('session_registered');
    }
    await dropIn.post('/api/workflow-updates', logOf('m'));
    for (const tab of tabs) await tab.first('workflow_log');
  },
};
