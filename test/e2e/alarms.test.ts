import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { signatureOf } from '../../src/server/alarms/webhook.ts';
import { postEvents } from '../server/running.ts';
import { until } from '../support/until.ts';
import { EXAMPLE_ID, exampleProject, runHere, start, temporaryDirectory } from './processes.ts';

const SECRET = 'a secret of this test';
/** Events of the runs that quiet has to judge lie so far back. Less than what makes an alarm one of the past. */
const QUIET_MS = 21 * 60_000;
const DAY_MS = 86_400_000;

const RULES = [
  { when: 'failed' },
  { when: 'ended_without_result' },
  { when: 'stalled' },
  { when: 'permission' },
  { when: 'completed' },
  { when: 'cost', above: 2 },
  { when: 'cost', name: 'day', per: 'day', above: 5 },
  { when: 'repeated_call' },
  { when: 'failing_test', fixes: 2 },
  { when: 'slow_phase', phase: 'test' },
];

/** An event of a run, its time as a client writes it. */
const event = (type: string, adw_id: string, agoMs: number, data: object) => ({
  type,
  data: { adw_id, timestamp: new Date(Date.now() - agoMs).toISOString(), agent_role: 'builder', ...data },
});
const begun = (id: string, agoMs: number, data = {}) => event('session_started', id, agoMs, { model: 'm', ...data });
const ended = (id: string, agoMs: number, data = {}) => {
  const success = { subtype: 'success', is_error: false, result: 'done', num_turns: 1, total_cost_usd: 0.01 };
  return event('session_ended', id, agoMs, { ...success, usage: { input_tokens: 1, output_tokens: 1 }, ...data });
};
const call = (id: string, useId: string, success: boolean, agoMs = 0) => {
  const about = { tool_name: 'Bash', tool_use_id: useId };
  return [
    event('tool_use_pre', id, agoMs + 2, { ...about, input: { command: 'npm test' } }),
    event('tool_use_post', id, agoMs + 1, { ...about, success, status: success ? 'success' : 'error' }),
  ];
};
const fix = (id: string, agoMs: number) => event('file_changed', id, agoMs, { file_path: 'a.ts', operation: 'modify' });
const testPhase = { agent_role: 'test_runner', phase: 'test' };
const named = (id: string, agoMs: number) =>
  event('status_update', id, agoMs, { workflow_name: 'adw_sdlc', status: 'in_progress', message: 'on it' });

/** A run of the past, whose test phase took ten seconds. */
const earlier = (id: string, agoMs: number) => [
  begun(id, agoMs, testPhase),
  ended(id, agoMs - 10_000, testPhase),
  event('status_update', id, agoMs - 11_000, { workflow_name: 'adw_sdlc', status: 'completed', message: 'done' }),
];

/** A run for each rule, by its name. `day` is found at either of those that cost. */
const INCIDENTS = {
  failed: [begun('failed01', QUIET_MS + 9), ended('failed01', QUIET_MS, { is_error: true, result: 'broken' })],
  ended_without_result: [
    begun('ended001', QUIET_MS + 9),
    ended('ended001', QUIET_MS, { result: '', stop_reason: 'tool_use' }),
  ],
  stalled: [begun('stalled1', QUIET_MS)],
  permission: [
    begun('permit01', 9),
    event('agent_log', 'permit01', 0, {
      attempt: 1,
      message: 'asks',
      level: 'WARNING',
      waiting: { for: 'permission', message: 'Bash' },
    }),
  ],
  completed: [begun('complet1', QUIET_MS + 9), ended('complet1', QUIET_MS)],
  cost: [
    begun('costly01', 9),
    ended('costly01', 1, { total_cost_usd: 3 }),
    begun('costly02', 0),
    ended('costly02', 0, { total_cost_usd: 3 }),
  ],
  repeated_call: [begun('repeat01', 9), ...['a', 'b', 'c', 'd', 'e'].flatMap(id => call('repeat01', id, true))],
  failing_test: [
    begun('failtest', 90),
    ...[80, 60, 40].flatMap((agoMs, at) => [...call('failtest', `t${at}`, false, agoMs), fix('failtest', agoMs - 10)]),
  ],
  slow_phase: [
    ...['earlier1', 'earlier2', 'earlier3'].flatMap((id, at) => earlier(id, (3 + at) * DAY_MS)),
    named('slow0001', 60_000),
    begun('slow0001', 60_000, testPhase),
    event('text_block', 'slow0001', 0, { ...testPhase, content: 'still at it' }),
  ],
};
/** One alarm of each rule, but two of the runs that cost too much. */
const ALARMS = RULES.length + 1;

/** A receiver that refuses everything until it relents, and each alarm twice in any case; it keeps what it took. */
async function receiver() {
  const asked = new Map<string, number>();
  const taken: { readonly id: string; readonly rule: string; readonly adwId: string; readonly url: string }[] = [];
  const wrong: string[] = [];
  let isDown = true;
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    // Its sender was killed in the middle of it.
    if (body === undefined) return;
    const id = String(request.headers['webhook-id']);
    const seconds = Number(request.headers['webhook-timestamp']);
    if (request.headers['webhook-signature'] !== signatureOf(SECRET, id, seconds, body)) wrong.push(id);
    const { data } = JSON.parse(body);
    asked.set(id, (asked.get(id) ?? 0) + 1);
    response.statusCode = isDown || (asked.get(id) ?? 0) <= 2 ? 503 : 204;
    if (response.statusCode === 204) taken.push({ id, rule: data.rule, adwId: data.adw_id, url: data.url });
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const relent = () => {
    isDown = false;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, taken, wrong, relent };
}

test('each rule raises one alarm, which outlives a kill -9 and a receiver that fails; none is raised for a replayed run', {
  timeout: 180_000,
}, async () => {
  const hook = await receiver();
  const { root, agents } = await exampleProject();
  const config = join(root, 'adw-stream.config.json');
  const action = { type: 'webhook', url: { env: 'HOOK' }, secret: SECRET };
  const alarms = { actions: { hook: action }, rules: RULES.map(rule => ({ ...rule, actions: ['hook'] })) };
  await writeFile(config, JSON.stringify({ stallTimeout: '20m', settle: '20m', alarms }));
  const dataDir = await temporaryDirectory();
  const serve = async () => {
    const args = [
      'serve',
      '--port',
      '0',
      '--data-dir',
      dataDir,
      '--config',
      config,
      '--public-url',
      'https://adws.example',
    ];
    const server = start(args, { env: { HOOK: hook.url } });
    const [url] = await server.says(/http:\/\/\S+/);
    return { ...server, url };
  };

  const first = await serve();
  expect((await runHere(['replay', EXAMPLE_ID, '--server', first.url, '--agents-dir', agents])).code).toBe(0);
  for (const events of Object.values(INCIDENTS))
    expect((await postEvents(first.url, events)).body.rejected).toEqual([]);
  await until('each alarm was sent', () => hook.asked.size === ALARMS);
  first.process.kill('SIGKILL');
  await first.finished;
  expect(hook.taken).toEqual([]);

  hook.relent();
  const second = await serve();
  // Until the server has read that an alarm was taken, it is sent again by the next one: the receiver's word is not enough.
  const known = () => second.stderr().match(/ took the alarm /g)?.length ?? 0;
  await until('each alarm was taken, and the server knows', () => known() === ALARMS);
  expect(hook.taken).toHaveLength(ALARMS);
  expect(Math.min(...hook.asked.values())).toBeGreaterThan(2);
  second.process.kill('SIGTERM');
  await second.finished;

  // What is there is looked at again before what is new.
  const third = await serve();
  await postEvents(third.url, [begun('failed02', QUIET_MS + 9), ended('failed02', QUIET_MS, { is_error: true })]);
  await until('a new alarm was taken', () => hook.taken.length > ALARMS);
  expect(
    hook.taken
      .filter(({ rule }) => rule !== 'day')
      .map(({ rule, adwId }) => `${rule} ${adwId}`)
      .toSorted(),
  ).toEqual([
    'completed complet1',
    'cost costly01',
    'cost costly02',
    'ended_without_result ended001',
    'failed failed01',
    'failed failed02',
    'failing_test failtest',
    'permission permit01',
    'repeated_call repeat01',
    'slow_phase slow0001',
    'stalled stalled1',
  ]);
  expect(hook.taken.filter(({ rule }) => rule === 'day')).toHaveLength(1);
  expect(hook.wrong).toEqual([]);
  expect(hook.taken.every(({ adwId, url }) => url.startsWith(`https://adws.example/#/adw/${adwId}?ev=`))).toBe(true);
  const told = await Promise.all(
    hook.taken.map(async ({ id, adwId }) => {
      const answer = await fetch(`${third.url}/api/v1/adws/${adwId}/events/${id}`);
      return (await answer.json()) as { type: string; data: { actions: string[] } };
    }),
  );
  expect(told.map(({ type, data }) => [type, data.actions])).toEqual(hook.taken.map(() => ['alarm', ['hook']]));
});
