import { expect, test } from 'vitest';
import { rowOf } from '../../src/adw/row.ts';

const lineOf = (type: string, data: object) => rowOf({ type, seq: 1, data: { ...data } }).summary;

test.each([
  [
    'rate_limit_event',
    'rate limit five_hour allowed_warning, 91 % used',
    'rate limit of 5 hours nearly reached, 91 % used',
  ],
  ['rate_limit_event', 'rate limit rejected', 'rate limit reached'],
  ['rate_limit_event', 'rate limit next_month allowed', 'rate limit next month not reached'],
  ['api_retry', 'API retry 1/10 in 1.2 s (529 overloaded_error)', 'API retry 1/10 in 1.2 s (529 overloaded)'],
  ['api_error', 'API error: authentication_failed', 'API error: not logged in'],
  ['prompt', 'Is my_limit allowed_warning?', 'Is my_limit allowed_warning?'],
])('an entry of kind %s, %j, reads %j', (event_type, message, line) =>
  expect(lineOf('agent_log', { event_type, message })).toBe(line),
);

test('a session, a run and a task are told in words', () => {
  expect(lineOf('session_started', { model: 'm', permission_mode: 'bypassPermissions' })).toContain(
    'asks for no permission',
  );
  expect(lineOf('adw_status', { status: 'ended_without_result', why: 'w' })).toBe('ended without result · w');
  expect(lineOf('task_update', { description: 'd', state: 'in_progress' })).toBe('d · in progress');
});
