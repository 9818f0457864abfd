import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import type { Alarm } from '../../../src/server/alarms/alarm.ts';
import { alarmsSchema, readSecrets } from '../../../src/server/alarms/config.ts';
import { openAlarms } from '../../../src/server/alarms/open.ts';
import { Outbox } from '../../../src/server/alarms/outbox.ts';
import type { Outcome, Send } from '../../../src/server/alarms/sender.ts';
import { createStates } from '../../../src/server/api/states.ts';
import { openSqliteStore } from '../../../src/server/store/sqlite/index.ts';
import { freePort } from '../../support/ports.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { postEvents, startTestServer } from '../running.ts';

const ALARM = { id: 'a1', rule: 'failed', adw_id: '1a2b3c4d' } as Alarm;
const made = (alarm: Alarm, actions: string[]) => ({ alarm, evidence: [], actions });
/** Settings of these rules, and of actions that the tests do not come to. */
const settingsOf = (config: object) => readSecrets(alarmsSchema.parse(config), {});

async function openStore(dataDir = temporaryDirectory()) {
  const { log, recorded } = recordingLogger();
  // What the store says, as of a disk that is slow for a moment, is no word of the alarms.
  const store = await openSqliteStore({ dataDir, log: silentLogger });
  onTestFinished(() => store.close());
  return { dataDir, store, log, recorded };
}

/** An action that answers in this order, the last again and again, and what it was asked. */
function answering(...answers: (Outcome | 'hang')[]) {
  const asked: string[] = [];
  const send: Send = async ({ id }, signal) => {
    asked.push(id);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer !== 'hang') return answer ?? { how: 'taken', said: 'ok' };
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    return { how: 'later', said: 'broken off' };
  };
  return { asked, send };
}

/** Lets an outbox send until the test has finished. */
function letSend(outbox: Outbox) {
  const stop = new AbortController();
  const sent = outbox.send(stop.signal);
  onTestFinished(() => stop.abort());
  return async () => {
    stop.abort();
    await sent;
  };
}

describe('the outbox', () => {
  test('asks again later, and forgets an alarm once it was taken; an action that hangs holds up no other, nor the end', async () => {
    const { store, log, recorded } = await openStore();
    const failing = answering({ how: 'later', said: 'HTTP 500' }, { how: 'taken', said: 'HTTP 200' });
    const hanging = answering('hang');
    const senders = new Map(Object.entries({ failing: failing.send, hanging: hanging.send }));
    const outbox = new Outbox({ records: store.records, senders, clock: systemClock, log });
    const stop = letSend(outbox);
    (await outbox.put(made(ALARM, ['failing', 'hanging', 'terminal']), 0))();
    await until('the second attempt', () => recorded.some(({ name }) => name === 'alarm_sent'));
    expect(recorded.map(({ line }) => line)).toEqual([
      'The action failing did not take the alarm failed of 1a2b3c4d (HTTP 500), trying again.',
      'The action failing took the alarm failed of 1a2b3c4d.',
    ]);
    await until('hanging alone waits', () => outbox.waiting === 1);
    await stop();
    expect([failing.asked, hanging.asked]).toEqual([['a1', 'a1'], ['a1']]);

    // What was broken off is taken up by the next server, which no longer has one of the actions.
    const next = new Outbox({
      records: store.records,
      senders: new Map([['hanging', answering().send]]),
      clock: systemClock,
      log,
    });
    expect(await next.load()).toHaveLength(1);
    const stopNext = letSend(next);
    await until('nothing is remembered any more', async () => (await store.records.all('alarm')).length === 0);
    await stopNext();
  });

  test('gives up what is refused, what an action that is gone should do, and what nobody took for a day', async () => {
    const { store, log, recorded } = await openStore();
    let now = 0;
    const clock: Clock = { now: () => now };
    const refusing = answering({ how: 'refused', said: 'HTTP 404' });
    const slow: Send = async () => {
      now += 86_400_001;
      return { how: 'later', said: 'HTTP 500' };
    };
    const patient = answering({ how: 'later', said: 'HTTP 429', waitMs: 86_400_001 });
    const senders = new Map(Object.entries({ refusing: refusing.send, slow, patient: patient.send }));
    const outbox = new Outbox({ records: store.records, senders, clock, log });
    await outbox.put(made({ ...ALARM, id: 'a2' }, ['slow']), 0);
    const one = new Outbox({ records: store.records, senders: new Map([['refusing', refusing.send]]), clock, log });
    expect(await one.load()).toEqual([]);
    const stop = letSend(outbox);
    (await outbox.put(made(ALARM, ['refusing']), 0))();
    await until('it was refused', () => outbox.waiting === 0 && recorded.length === 2);
    (await outbox.put(made({ ...ALARM, id: 'a3' }, ['slow']), 0))();
    await until('it is too old', () => recorded.length === 3);
    (await outbox.put(made({ ...ALARM, id: 'a4' }, ['patient']), 0))();
    await until('it would be too old', () => recorded.length === 4);
    await stop();
    expect(recorded.map(({ name, fields }) => [name, fields.action, fields.said])).toEqual([
      ['alarm_given_up', 'slow', 'there is no such action any more'],
      ['alarm_given_up', 'refusing', 'HTTP 404'],
      ['alarm_given_up', 'slow', 'HTTP 500'],
      ['alarm_given_up', 'patient', 'HTTP 429'],
    ]);
    expect(await store.records.all('alarm')).toEqual([]);
  });
});

test('what is kept until a day is over is forgotten after it, with the next alarm', async () => {
  const { store, log } = await openStore();
  let now = 0;
  const senders = new Map([['hook', answering().send]]);
  const outbox = new Outbox({ records: store.records, senders, clock: { now: () => now }, log });
  const ids = async () => (await store.records.all('alarm')).map(({ key }) => key);
  (await outbox.put(made(ALARM, ['terminal']), 1_000))();
  now = 999;
  (await outbox.put(made({ ...ALARM, id: 'a2' }, ['terminal']), 0))();
  expect(await ids()).toEqual(['a1']);
  now = 1_000;
  (await outbox.put(made({ ...ALARM, id: 'a3' }, ['hook']), 0))();
  expect(await ids()).toEqual(['a3']);
});

test('an alarm that was put into the outbox comes into the log, though the server was killed in between', async () => {
  const { store, log, recorded } = await openStore();
  const clock = systemClock;
  const raised_at = '2026-01-01T12:00:00.000Z';
  const alarm = { ...ALARM, when: 'failed', message: 'it has failed', raised_at };
  await new Outbox({ records: store.records, senders: new Map([['hook', answering().send]]), clock, log }).put(
    made(alarm, ['hook', 'terminal']),
    0,
  );
  const states = createStates({ store, limits: { stallTimeoutMs: 1_000, settleMs: 1_000 }, clock, log });
  onTestFinished(() => states.close());
  let rings = 0;
  const settings = settingsOf({
    rules: [{ when: 'failed' }],
    actions: { hook: { type: 'command', command: ['true'] } },
  });
  const alarms = openAlarms({
    settings,
    commandEnv: process.env,
    ring: () => rings++,
    store,
    runs: states,
    clock,
    log,
  });
  const stop = new AbortController();
  const worked = alarms.begin('http://127.0.0.1:8500')?.(stop.signal);
  await until('it was sent', () => recorded.some(({ name }) => name === 'alarm_sent'));
  stop.abort();
  await worked;
  // The states say a word of their own on the run, as soon as two of their reviews agree.
  expect(await store.read({ adwId: '1a2b3c4d', types: ['alarm'], limit: 9 })).toMatchObject([{ type: 'alarm' }]);
  expect(rings).toBe(1);
});

test('the routes name rules and actions without what may open something, and send a test to readers of none', async () => {
  const config = {
    rules: [
      { when: 'failed', actions: ['hook'] },
      { when: 'cost', above: 1 },
    ],
    actions: {
      hook: { type: 'webhook', url: `http://127.0.0.1:${await freePort()}/secret-path`, secret: 'secret-key' },
      own: { type: 'command', command: ['true'] },
    },
  };
  let rings = 0;
  const alarms = { settings: settingsOf(config), commandEnv: process.env, ring: () => rings++ };
  const server = await startTestServer({ alarms, token: 'a-token', readToken: 'for-reading' });
  onTestFinished(() => server.remove());
  const ask = async (path: string, token: string, method = 'GET') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/api/v1/alarms${path}`, {
      method,
      headers,
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const shown = await ask('', 'for-reading');
  expect(JSON.parse(shown.text)).toEqual({
    rules: [
      { name: 'failed', when: 'failed', actions: ['hook'] },
      { name: 'cost', when: 'cost', actions: ['hook', 'own', 'terminal', 'browser'] },
    ],
    actions: [
      { name: 'hook', type: 'webhook' },
      { name: 'own', type: 'command' },
      { name: 'terminal', type: 'terminal' },
      { name: 'browser', type: 'browser' },
    ],
    waiting: 0,
  });
  expect(shown.text).not.toContain('secret');
  expect((await ask('/test', 'for-reading', 'POST')).status).toBe(401);
  const tested = await ask('/test', 'a-token', 'POST');
  expect(JSON.parse(tested.text)).toMatchObject({
    results: [
      { action: 'hook', how: 'later', said: 'ECONNREFUSED' },
      { action: 'own', how: 'taken', said: 'exit code 0' },
    ],
  });
  expect(rings).toBe(1);
});

test('an event of an alarm is no sign of life of its run', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.remove());
  const adw_id = '1a2b3c4d';
  await postEvents(server.url, [
    { type: 'agent_log', data: { adw_id, message: 'm', level: 'INFO', timestamp: '2026-01-01T12:00:00.000Z' } },
    {
      type: 'alarm',
      data: { adw_id, rule: 'failed', when: 'failed', message: 'm', timestamp: '2026-02-01T12:00:00.000Z' },
    },
  ]);
  const summary = (await (await fetch(`${server.url}/api/v1/adws/${adw_id}`)).json()) as { last_event_at: string };
  expect(summary.last_event_at).toBe('2026-01-01T12:00:00.000Z');
});
