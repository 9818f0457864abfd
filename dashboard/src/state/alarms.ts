import { effect, signal } from '@preact/signals';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { connect } from '../../../src/client/client.ts';
import { source } from '../data/source.ts';
import { HOME } from './route.ts';
import { go } from './store.ts';

/** The rules and actions of the server, by name. */
export interface AlarmsShown {
  readonly rules: readonly { readonly name: string; readonly when: string; readonly actions: readonly string[] }[];
  readonly actions: readonly { readonly name: string; readonly type: string }[];
  readonly waiting: number;
}

/** What an action said to a test. */
export interface AlarmTested {
  readonly action: string;
  readonly how: 'taken' | 'later' | 'refused';
  readonly said: string;
}

/** @throws AdwStreamError when the server does not answer */
export async function readAlarms(): Promise<AlarmsShown> {
  return answerOf(await fetch('/api/v1/alarms'));
}

/** Sends a test alarm by every action of the server. @throws AdwStreamError when this reader may not */
export async function testAlarms(): Promise<readonly AlarmTested[]> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/api/v1/alarms/test', { method: 'POST', body: '{}', headers });
  return (await answerOf<{ results: AlarmTested[] }>(answer)).results;
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer & { readonly error?: string };
  if (!response.ok) throw new AdwStreamError('server_refused', body.error ?? `The server answered ${response.status}.`);
  return body;
}

const STORED = 'adw-stream.notifies';

/** Whether alarms are shown as notifications of this browser. */
export const notifies = signal(wasOn());

/** Browsers show notifications of pages that came by TLS or from this machine alone. */
export const mayNotify = typeof Notification !== 'undefined' && isSecureContext;

function wasOn(): boolean {
  try {
    return (
      typeof Notification !== 'undefined' &&
      Notification.permission === 'granted' &&
      localStorage.getItem(STORED) === 'on'
    );
  } catch {
    return false;
  }
}

/** Switches notifications on, which asks the reader when it is new, or off. For clicks alone: browsers ask for nothing else. */
export async function switchNotifications(on: boolean): Promise<void> {
  notifies.value = on && (await Notification.requestPermission()) === 'granted';
  try {
    localStorage.setItem(STORED, notifies.value ? 'on' : 'off');
  } catch {
    // A browser without storage forgets.
  }
}

/** Shows alarms as they come, while the reader wants them. */
export function keepNotified(): void {
  // What is kept in a file raises none.
  if (source().exported) return;
  effect(() => {
    if (!notifies.value) return;
    const client = connect(location.origin);
    client.on('alarm', ({ data }) => {
      if (data.actions?.includes('browser') !== true) return;
      notify(`adw ${data.rule}`, { body: data.message, tag: data.event_id ?? '' }, () =>
        go({ ...HOME, adwId: data.adw_id, ev: data.evidence?.[0] ?? data.event_id ?? '' }, 'push'),
      );
    });
    client.subscribe('*', { types: ['alarm'] });
    return () => client.close();
  });
}

/** Shows one notification. Of several open pages that show one with the same tag, the last one's stays. */
export function notify(title: string, options: NotificationOptions, open: () => void): void {
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      open();
      shown.close();
    };
  } catch {
    // Browsers of phones show none of a page.
  }
}
