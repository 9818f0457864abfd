import { randomUUID } from 'node:crypto';
import { type Clock, isoTime, steadyClock } from '../../base/clock.ts';
import type { Alarm } from './alarm.ts';
import { type CommandOptions, createCommand } from './command.ts';
import type { AlarmSettings } from './config.ts';
import type { Outcome, Send } from './sender.ts';
import { createWebhook } from './webhook.ts';

/** What does each of the configured actions, by its name. */
export function createSenders(
  { actions }: AlarmSettings,
  { clock, ...command }: CommandOptions & { readonly clock: Clock },
): ReadonlyMap<string, Send> {
  return new Map(
    Object.entries(actions).map(([name, action]) => [
      name,
      action.type === 'webhook' ? createWebhook(action, clock) : createCommand(action, command),
    ]),
  );
}

/** What an action said to a test. */
export interface Tested {
  readonly action: string;
  readonly type: 'webhook' | 'command';
  readonly how: Outcome['how'];
  readonly said: string;
  /** How long it took, ms. */
  readonly ms: number;
}

/** Sends one test alarm by every action, once and side by side, and tells what each said. */
export async function testActions(
  { actions }: AlarmSettings,
  senders: ReadonlyMap<string, Send>,
  { pagesUrl, clock, signal }: { readonly pagesUrl: string; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Tested[]> {
  const alarm = testAlarm(pagesUrl, clock);
  const asked = [...senders].map(async ([action, send]): Promise<Tested> => {
    const begunMs = steadyClock.now();
    const { how, said } = await send(alarm, signal);
    const type = actions[action]?.type ?? 'command';
    return { action, type, how, said, ms: Math.round(steadyClock.now() - begunMs) };
  });
  return Promise.all(asked);
}

function testAlarm(pagesUrl: string, clock: Clock): Alarm {
  return {
    id: `test-${randomUUID()}`,
    rule: 'test',
    when: 'test',
    message: 'This is a test of the alarms of adw-stream: nothing has happened.',
    url: `${pagesUrl}/#/`,
    raised_at: isoTime(clock.now()),
    event_id: null,
    adw_id: '',
    title: null,
    status: '',
    why: '',
    workflow: null,
    phase: null,
    branch: null,
    issue_number: null,
    pull_request: null,
    cost_usd: null,
    elapsed_ms: null,
  };
}
