import { describe, expect, test } from 'vitest';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { Refusal, type RefusalTally } from '../../../src/base/refusal.ts';
import { serverMessageSchemas } from '../../../src/event/message.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { Client } from './support/client.ts';
import { entry, serve } from './support/server.ts';

describe('a ping', () => {
  test('with a numeric timestamp gets that number back, so that latency is a number', async () => {
    const { url } = await serve();
    const client = await Client.connect(url);
    client.send({ type: 'ping', timestamp: 1_700_000_000_000, healthCheck: true });
    const pong = serverMessageSchemas.pong.parse(await client.first('pong'));
    expect(pong).toMatchObject({ timestamp: 1_700_000_000_000, client_timestamp: 1_700_000_000_000 });
    expect(new Date(pong.server_time).toISOString()).toBe(pong.server_time);
    expect(pong.data.timestamp).toBe(pong.server_time);
    expect(pong.connection_id).toBe((await client.first('connection_ack')).data?.connection_id);
  });

  test('without one gets the time of the server', async () => {
    const { url } = await serve();
    const client = await Client.connect(url);
    client.send({ type: 'ping' });
    const pong = await client.first('pong');
    expect(pong.timestamp).toBe(Date.parse(pong.server_time as string));
    expect(pong).not.toHaveProperty('client_timestamp');
  });
});

const LOG = {
  adw_id: 'aaaaaaaa',
  workflow_name: 'sdlc',
  message: 'm',
  level: 'INFO',
  timestamp: '2026-01-01T00:00:00Z',
};

describe('what is to be ingested', () => {
  test.each([
    { type: 'workflow_log', data: LOG },
    { type: 'adw_broadcast', broadcast_type: 'adw_status', adw_id: 'aaaaaaaa', status: 'completed' },
    { type: 'agent_broadcast', broadcast_type: 'agent_created', agent: {} },
  ])('is handed on as it came: $type', async message => {
    const { url, ingested } = await serve();
    const client = await Client.connect(url);
    client.send(message);
    client.send({ type: 'ping' });
    await client.first('pong');
    expect(ingested).toEqual([message]);
    expect(client.of('error')).toEqual([]);
  });

  test('and is refused gets the reason back; an error of the server shows nothing of itself', async () => {
    const reasons = [new AdwStreamError('invalid_event', 'data.level: expected string'), new Error('/secret/path')];
    const { log, recorded } = recordingLogger();
    const { url } = await serve({ log, ingestMessage: () => Promise.reject(reasons.shift()) });
    const client = await Client.connect(url);
    client.send({ type: 'workflow_log', data: LOG });
    client.send({ type: 'workflow_log', data: LOG });
    await client.until(() => client.of('error').length === 2);
    const [refused, failed] = client.of('error').map(error => serverMessageSchemas.error.parse(error).data);
    expect(refused).toMatchObject({ error_type: 'validation_error', error_code: 'invalid_event' });
    expect(refused).toMatchObject({
      message: 'data.level: expected string',
      error_message: 'data.level: expected string',
    });
    expect(failed).toMatchObject({ error_type: 'system_error', error_code: 'internal' });
    expect(JSON.stringify(failed)).not.toContain('secret');
    // As text: an error has no fields of its own that JSON would show.
    expect(recorded).toMatchObject([{ level: 'error', fields: { error: '/secret/path' } }]);
  });
});

describe('what is not offered', () => {
  test('is answered as such', async () => {
    const { url } = await serve();
    const client = await Client.connect(url);
    client.send({ type: 'trigger_workflow', data: { workflow_type: 'adw_plan_iso', adw_id: 'aaaaaaaa' } });
    client.send({ type: 'ticket_notification', data: null });
    const triggered = serverMessageSchemas.trigger_response.parse(await client.first('trigger_response'));
    expect(triggered.data).toMatchObject({ status: 'error', adw_id: 'aaaaaaaa', workflow_name: 'adw_plan_iso' });
    expect(triggered.data.message).toContain('not offered here');
    const noted = await client.first('ticket_notification_response');
    expect(serverMessageSchemas.ticket_notification_response.parse(noted).data.status).toBe('error');
  });
});

describe('a session', () => {
  test('is registered under its id and shown with the connection', async () => {
    const { url, fanout } = await serve();
    const client = await Client.connect(url);
    client.send({ type: 'register_session', data: { session_id: 's-1', client_info: {} } });
    serverMessageSchemas.session_registered.parse(await client.first('session_registered'));
    expect(fanout.connections()[0]).toMatchObject({ session_id: 's-1' });
  });
});

describe('a message that is wrong', () => {
  const wrong: readonly [sent: unknown, text: RegExp, code: string][] = [
    ['{"type":', /^Invalid JSON format: /, 'invalid_json'],
    ['', /^Invalid JSON format: /, 'invalid_json'],
    ['[]', /^Unknown message type: undefined$/, 'unknown_message_type'],
    ['null', /^Unknown message type: undefined$/, 'unknown_message_type'],
    [{ type: 'dance' }, /^Unknown message type: dance$/, 'unknown_message_type'],
    ['{"type":{"toString":null}}', /^Unknown message type: object$/, 'unknown_message_type'],
    [{ type: '__proto__' }, /^Unknown message type: __proto__$/, 'unknown_message_type'],
    [{ type: 'register_session', data: {} }, /^session_id is required for session registration$/, 'invalid_message'],
    [
      { type: 'workflow_log', data: { adw_id: 'x', level: 1 } },
      /: workflow_name, message, timestamp$/,
      'invalid_message',
    ],
    [{ type: 'workflow_log' }, /^Missing required fields for workflow_log: adw_id, workflow_name/, 'invalid_message'],
    [{ type: 'subscribe' }, /^Invalid subscribe: adw_id: /, 'invalid_message'],
    [{ type: 'subscribe', adw_id: '../../etc' }, /^Invalid adw_id .* exactly 8 ASCII/, 'invalid_adw_id'],
    [{ type: 'subscribe', adw_id: 'TICKET-7' }, /^Invalid adw_id .*--id-format any/, 'invalid_adw_id'],
    [{ type: 'subscribe', adw_id: 'аaaaaaaa' }, /^Invalid adw_id/, 'invalid_adw_id'],
    [{ type: 'subscribe', adw_id: '*', after: -1 }, /^Invalid subscribe: after: /, 'invalid_message'],
    [{ type: 'subscribe', adw_id: '*', types: ['nope'] }, /^Invalid subscribe: types\.0: /, 'invalid_message'],
    [{ type: 'unsubscribe', adw_id: 7 }, /^Invalid unsubscribe: adw_id: /, 'invalid_message'],
  ];

  test.each(wrong)('gets an error back and the connection stays open: %j', async (sent, text, code) => {
    const { url } = await serve();
    const client = await Client.connect(url);
    client.send(sent);
    const { data } = serverMessageSchemas.error.parse(await client.first('error'));
    expect(data).toMatchObject({ error_type: 'validation_error', error_code: code, error_message: data.message });
    expect(data.message).toMatch(text);
    client.send({ type: 'ping' });
    await client.first('pong');
  });

  test('is nobody else’s business', async () => {
    const { url, store } = await serve();
    const other = await Client.connect(url);
    const client = await Client.connect(url);
    client.send('nonsense');
    await client.first('error');
    await store.append([entry('aaaaaaaa')]);
    await other.until(() => other.events.length === 1);
    expect(other.of('error')).toEqual([]);
  });

  test('may be binary', async () => {
    const { url } = await serve();
    const client = await Client.connect(url);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect((await client.first('error')).data).toMatchObject({ error_code: 'binary_frame' });
  });
});

describe('a client that asks for too much', () => {
  test('is told when the log does not keep up, and counted', async () => {
    const noted: string[] = [];
    const busy = new Refusal('log does not keep up', { code: 'rate_limited', message: 'in a moment' });
    const refusals: RefusalTally = { note: (kind, address) => void noted.push(`${kind} ${address}`) };
    const { url } = await serve({ refusals, ingestMessage: () => Promise.reject(busy) });
    const client = await Client.connect(url);
    client.send({ type: 'workflow_log', data: LOG });
    expect((await client.first('error')).data).toMatchObject({
      error_type: 'rate_limit_error',
      message: 'in a moment',
    });
    expect(noted).toEqual(['log does not keep up 127.0.0.1']);
  });

  test('is told that it sends too many messages, and closed with 1008 when it goes on', async () => {
    const noted: string[] = [];
    const limits = { messagesPerSecond: 1e-6, messagesBurst: 20 };
    const refusals: RefusalTally = { note: (kind, address) => void noted.push(`${kind} ${address}`) };
    const { url, fanout } = await serve({ limits, refusals });
    const client = await Client.connect(url);
    for (let message = 0; message < 60; message++) client.send({ type: 'ping' });
    expect((await client.end()).code).toBe(1008);
    expect(client.of('pong').length).toBe(20);
    expect(client.of('error')[0]?.data).toMatchObject({ error_type: 'rate_limit_error', error_code: 'rate_limited' });
    // As many as are refused in a row, and the one that closes it.
    expect(fanout.stats().rateLimited).toBe(21);
    expect(noted).toEqual(Array.from({ length: 21 }, () => 'flood of messages 127.0.0.1'));
  });

  test('has no more than so many subscriptions', async () => {
    const { url } = await serve({ limits: { subscriptionsMax: 2 } });
    const client = await Client.connect(url);
    await client.subscribe({ adw_id: 'aaaaaaa1' });
    await client.subscribe({ adw_id: 'aaaaaaa2' });
    client.send({ type: 'subscribe', adw_id: 'aaaaaaa3' });
    expect((await client.first('error')).data).toMatchObject({ error_code: 'too_many_subscriptions' });
  });

  test('is not read from while its messages wait to be ingested', async () => {
    const waiting: (() => void)[] = [];
    const ingestMessage = () => new Promise<void>(resolve => waiting.push(resolve));
    const { url } = await serve({ ingestMessage, limits: { ingestingMax: 2 } });
    const client = await Client.connect(url);
    for (let message = 0; message < 3; message++) {
      await new Promise<void>(sent =>
        client.socket.send(JSON.stringify({ type: 'workflow_log', data: LOG }), () => sent()),
      );
    }
    client.send({ type: 'ping' });
    while (client.of('pong').length === 0) {
      await new Promise(resolve => setImmediate(resolve));
      for (const resolve of waiting.splice(0)) resolve();
    }
    expect(client.of('error')).toEqual([]);
  });

  test('sees its frame over 1 MiB refused with 1009', async () => {
    const { url } = await serve();
    const client = await Client.connect(url);
    client.send('x'.repeat(1024 * 1024 + 1));
    expect((await client.end()).code).toBe(1009);
  });
});
