import { createHmac } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { messageOf, systemCode } from '../../base/errors.ts';
import { parseRetryAfter } from '../../base/retry-after.ts';
import { VERSION } from '../../base/version.ts';
import { type Alarm, filled, slackBody } from './alarm.ts';
import type { Webhook } from './config.ts';
import type { Outcome, Send } from './sender.ts';

/** ms that a receiver has to answer. */
const ANSWER_MS = 10_000;
/** Statuses with which a receiver asks to be asked again; so does every one from 500 on. */
const LATER: readonly number[] = [408, 409, 425, 429];

/**
 * Posts alarms to `webhook`. Each request is new: its time, and the signature over it, are those of the attempt. Redirects are
 * not followed: where alarms go is the owner's word, and no receiver's.
 */
export function createWebhook(webhook: Webhook, clock: Clock, answerMs = ANSWER_MS): Send {
  return async (alarm, signal) => {
    const body = JSON.stringify(bodyOf(webhook.body, alarm));
    const seconds = Math.floor(clock.now() / 1_000);
    // Names of headers have no case: ours take the place of the owner's, however those are written.
    const headers = new Headers({ 'user-agent': `adw-stream/${VERSION}` });
    for (const [name, value] of Object.entries(webhook.headers)) headers.set(name, value);
    headers.set('content-type', 'application/json');
    headers.set('webhook-id', alarm.id);
    headers.set('webhook-timestamp', String(seconds));
    if (webhook.secret !== undefined)
      headers.set('webhook-signature', signatureOf(webhook.secret, alarm.id, seconds, body));
    const limit = AbortSignal.timeout(answerMs);
    try {
      const response = await fetch(webhook.url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([signal, limit]),
        body,
        headers,
      });
      await response.body?.cancel();
      return answered(response, clock);
    } catch (error) {
      return { how: 'later', said: limit.aborted ? `no answer within ${answerMs / 1_000} s` : whyNot(error) };
    }
  };
}

function bodyOf(form: Webhook['body'], alarm: Alarm): unknown {
  if (form === 'slack') return slackBody(alarm);
  return form === 'json' ? { type: 'alarm', data: alarm } : filled(form, alarm);
}

/**
 * The signature of the Standard Webhooks specification: HMAC-SHA256 over `<id>.<seconds>.<body>`. A secret that begins with
 * `whsec_` is the key in base64, any other is the key itself.
 */
export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

function answered({ status, ok, headers }: Response, clock: Clock): Outcome {
  const said = `HTTP ${status}`;
  if (ok) return { how: 'taken', said };
  if (status < 500 && !LATER.includes(status))
    return { how: 'refused', said: status < 400 ? `${said}, a redirect` : said };
  const waitMs = parseRetryAfter(headers.get('retry-after'), clock.now());
  return { how: 'later', said, ...(waitMs === undefined ? {} : { waitMs }) };
}

/** `fetch` says what happened in the cause of its error. */
function whyNot(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  // A message may quote what was sent.
  return systemCode(cause) ?? (messageOf(cause) === 'bad port' ? 'bad port' : 'it could not be sent');
}
