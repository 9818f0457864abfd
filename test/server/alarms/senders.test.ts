import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Alarm } from '../../../src/server/alarms/alarm.ts';
import { createCommand } from '../../../src/server/alarms/command.ts';
import type { Webhook } from '../../../src/server/alarms/config.ts';
import { createWebhook } from '../../../src/server/alarms/webhook.ts';
import { isAlive } from '../../support/is-alive.ts';
import { freePort } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

const NASTY = '$(touch pwned) `touch pwned` <!channel> @all & "quotes" {id} --help';
const ALARM: Alarm = {
  id: 'alarm-1',
  rule: 'failed',
  when: 'failed',
  message: NASTY,
  url: 'http://127.0.0.1:8500/#/adw/1a2b3c4d?ev=e1',
  raised_at: '2026-01-01T12:00:00.000Z',
  event_id: 'e1',
  adw_id: '1a2b3c4d',
  title: 'A | title',
  status: 'failed',
  why: 'because',
  workflow: null,
  phase: 'test',
  branch: null,
  issue_number: '7',
  pull_request: null,
  cost_usd: 1.5,
  elapsed_ms: 1000,
};
const never = new AbortController().signal;

interface Asked {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A receiver on a free port. */
async function receiver(answer: RequestListener) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('');
    asked.push({ headers: request.headers, body });
    await answer(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

const hook = (url: string, more: Partial<Webhook> = {}): Webhook => ({
  type: 'webhook',
  url,
  headers: {},
  body: 'json',
  ...more,
});

describe('a webhook', () => {
  test('posts the alarm, signed over id, time and body as the Standard Webhooks say', async () => {
    const { url, asked } = await receiver((_, response) => void response.end());
    const headers = { authorization: 'Bearer x', 'Content-Type': 'text/plain' };
    for (const secret of ['plain', `whsec_${Buffer.from('plain').toString('base64')}`])
      expect(await createWebhook(hook(url, { secret, headers }), systemClock)(ALARM, never)).toEqual({
        how: 'taken',
        said: 'HTTP 200',
      });
    for (const one of asked) {
      expect(JSON.parse(one.body)).toEqual({ type: 'alarm', data: ALARM });
      expect(one.headers).toMatchObject({
        authorization: 'Bearer x',
        'content-type': 'application/json',
        'webhook-id': 'alarm-1',
      });
      const signed = `alarm-1.${one.headers['webhook-timestamp']}.${one.body}`;
      const digest = createHmac('sha256', 'plain').update(signed).digest('base64');
      expect(one.headers['webhook-signature']).toBe(`v1,${digest}`);
      expect(Math.abs(Number(one.headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(60);
    }
  });

  test('speaks Slack’s form, in which nothing that an agent wrote calls a channel, and any other', async () => {
    const { url, asked } = await receiver((_, response) => void response.end());
    await createWebhook(hook(url, { body: 'slack' }), systemClock)(ALARM, never);
    const form = { summary: '{message}', n: 3, list: ['{adw_id}: {workflow}'], deep: { dedup_key: '{id}' } };
    await createWebhook(hook(url, { body: form }), systemClock)(ALARM, never);
    const [slack, own] = asked.map(({ body }) => JSON.parse(body));
    expect(slack).toEqual({
      text: '*failed* <http://127.0.0.1:8500/#/adw/1a2b3c4d?ev=e1|1a2b3c4d A ¦ title>\n$(touch pwned) `touch pwned` &lt;!channel&gt; @\u200ball &amp; "quotes" {id} --help',
    });
    expect(own).toEqual({ summary: NASTY, n: 3, list: ['1a2b3c4d: '], deep: { dedup_key: 'alarm-1' } });
  });

  test.each([
    [500, {}, { how: 'later', said: 'HTTP 500' }],
    [429, { 'retry-after': '7' }, { how: 'later', said: 'HTTP 429', waitMs: 7_000 }],
    [404, {}, { how: 'refused', said: 'HTTP 404' }],
    [307, { location: '/elsewhere' }, { how: 'refused', said: 'HTTP 307, a redirect' }],
  ])('that answers %i says what becomes of it, and follows nobody', async (status, headers, outcome) => {
    const { url, asked } = await receiver((_, response) => void response.writeHead(status, headers).end('a secret'));
    expect(await createWebhook(hook(url), systemClock)(ALARM, never)).toEqual(outcome);
    expect(asked).toHaveLength(1);
  });

  test('that nobody answers, or nobody hears, is tried again; its address is not told', async () => {
    const { url } = await receiver(() => undefined);
    expect(await createWebhook(hook(url), systemClock, 100)(ALARM, never)).toEqual({
      how: 'later',
      said: 'no answer within 0.1 s',
    });
    const gone = `http://127.0.0.1:${await freePort()}/token-in-the-path`;
    expect(await createWebhook(hook(gone), systemClock)(ALARM, never)).toMatchObject({
      how: 'later',
      said: expect.not.stringContaining('token'),
    });
  });
});

describe('a command', () => {
  const script = (text: string) => [process.execPath, '-e', text, '--'];
  const env = { PATH: process.env.PATH, KEPT: 'yes' };

  test('gets the facts in its environment and on stdin, and no shell sees them', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'seen.json');
    const text = `let b='';process.stdin.on('data',d=>b+=d).on('end',()=>require('fs').writeFileSync(${JSON.stringify(file)},JSON.stringify({env:process.env,argv:process.argv,stdin:JSON.parse(b)})))`;
    expect(await createCommand({ type: 'command', command: script(text) }, { env })(ALARM, never)).toEqual({
      how: 'taken',
      said: 'exit code 0',
    });
    const seen = JSON.parse(await readFile(file, 'utf8'));
    expect(seen.env).toMatchObject({
      ADW_ALARM_MESSAGE: NASTY,
      ADW_ALARM_ADW_ID: '1a2b3c4d',
      ADW_ALARM_WORKFLOW: '',
      ADW_ALARM_COST_USD: '1.5',
      KEPT: 'yes',
    });
    expect(seen.stdin).toEqual({ type: 'alarm', data: ALARM });
    expect(JSON.stringify(seen.argv)).not.toContain('pwned');
    expect(existsSync('pwned')).toBe(false);
  });

  test('that fails is run again, one that is missing is not, and one that hangs is ended with what it began', async () => {
    const run = (command: string[], runMs?: number) =>
      createCommand({ type: 'command', command }, { env, ...(runMs === undefined ? {} : { runMs }) });
    expect(await run(script('process.exit(3)'))(ALARM, never)).toEqual({ how: 'later', said: 'exit code 3' });
    expect(await run(['/no/such/program'])(ALARM, never)).toEqual({ how: 'refused', said: 'there is no such command' });
    expect(await run(['sleep', '60'], 50)(ALARM, never)).toEqual({ how: 'later', said: 'still running after 0.05 s' });
    const file = join(temporaryDirectory(), 'pid');
    const stop = new AbortController();
    const ended = run(['sh', '-c', `sleep 60 & echo $! > ${file}; wait`])(ALARM, stop.signal);
    const pid = Number(
      await until('the command has a child', async () => existsSync(file) && (await readFile(file, 'utf8')).trim()),
    );
    stop.abort();
    expect(await ended).toMatchObject({ how: 'later' });
    await until('its child is gone', () => !isAlive(pid));
  });
});
