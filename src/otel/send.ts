import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { backoffMs } from '../base/backoff.ts';
import { sleep, systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { parseRetryAfter } from '../base/retry-after.ts';
import type { OtlpEncoder, PartialSuccess } from './encode.ts';
import type { OtlpTarget } from './settings.ts';

const pack = promisify(gzip);

/** What became of one request. */
export type OtlpAnswer =
  | { readonly kind: 'taken'; readonly partial: PartialSuccess | undefined }
  /** The collector will never take this body. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It takes nothing at present: `afterMs` is when it wants to be asked again, where it says so. */
  | {
      readonly kind: 'later';
      readonly reason: string;
      readonly afterMs: number | undefined;
      readonly isSettled: boolean;
    };

/** Statuses that say that it was the body: another one may be taken. */
const REFUSING: ReadonlySet<number> = new Set([400, 413, 422]);
/** Statuses after which OTLP/HTTP wants a request to be tried again. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);
/** Bytes of an answer that are read. */
const ANSWER_BYTES_MAX = 65_536;

/** ms that an answer may still take once the sender is to stop: broken off, a request would be sent again. */
const UNDER_WAY_MS = 1_500;

/** Sends one body once. Soon after `signal` has aborted it is broken off: a collector that says nothing holds up no end. */
export async function sendOnce(
  body: Uint8Array,
  target: OtlpTarget,
  encoder: OtlpEncoder,
  signal: AbortSignal,
): Promise<OtlpAnswer> {
  const limit = AbortSignal.timeout(target.timeoutMs);
  const brokenOff = new AbortController();
  const answered = new AbortController();
  const onStop = () => void sleep(UNDER_WAY_MS, answered.signal).then(() => brokenOff.abort());
  signal.addEventListener('abort', onStop, { once: true });
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers: {
        'content-type': encoder.contentType,
        ...(target.gzip ? { 'content-encoding': 'gzip' } : {}),
        ...target.headers,
      },
      body: target.gzip ? await pack(body) : body,
      redirect: 'error',
      signal: AbortSignal.any([brokenOff.signal, limit]),
    } as RequestInit);
    const answer = await answerOf(response);
    if (response.ok) return { kind: 'taken', partial: partialOf(answer, response, encoder) };
    const reason = `HTTP ${response.status}${textIn(answer)}`;
    if (REFUSING.has(response.status)) return { kind: 'refused', reason };
    const afterMs = parseRetryAfter(response.headers.get('retry-after'), systemClock.now());
    return { kind: 'later', reason, afterMs, isSettled: !PASSING.has(response.status) };
  } catch (error) {
    return { kind: 'later', reason: causeOf(error), afterMs: undefined, isSettled: false };
  } finally {
    signal.removeEventListener('abort', onStop);
    answered.abort();
  }
}

/** How long retries wait: as OTLP asks, growing, with jitter. */
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/** ms between tries where a setting is wrong (a token, a path): no waiting mends that. */
const SETTLED_MS = 60_000;

/** What {@link sendUntilAnswered} tells. */
export interface SendWatcher {
  /** The request was not taken, and is sent again. */
  readonly onLater: (reason: string, waitMs: number) => void;
}

/** Sends one body until it is taken or refused, or until the signal aborts: then undefined. */
export async function sendUntilAnswered(
  body: Uint8Array,
  {
    target,
    encoder,
    signal,
    onLater,
  }: SendWatcher & {
    readonly target: OtlpTarget;
    readonly encoder: OtlpEncoder;
    readonly signal: AbortSignal;
  },
): Promise<Exclude<OtlpAnswer, { kind: 'later' }> | undefined> {
  for (let tries = 1; !signal.aborted; tries += 1) {
    const answer = await sendOnce(body, target, encoder, signal);
    if (answer.kind !== 'later') return answer;
    const waitMs = answer.isSettled ? SETTLED_MS : backoffMs(tries, BACKOFF);
    const longest = Math.max(waitMs, answer.afterMs ?? 0);
    onLater(answer.reason, longest);
    await sleep(longest, signal);
  }
  return undefined;
}

async function answerOf(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    size += piece.length;
    if (size > ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(pieces).subarray(0, ANSWER_BYTES_MAX);
}

/** An answer of another type than the request's says nothing that could be read. */
function partialOf(answer: Uint8Array, response: Response, encoder: OtlpEncoder): PartialSuccess | undefined {
  if (answer.length === 0 || !response.headers.get('content-type')?.startsWith(encoder.contentType)) return undefined;
  try {
    return encoder.partialSuccess(answer);
  } catch {
    return undefined;
  }
}

/** What a refusal says in words, for a person: the readable characters of it. */
function textIn(answer: Uint8Array): string {
  const text = Buffer.from(answer)
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
  return text === '' ? '' : `: ${text}`;
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}
