import { setTimeout as sleep } from 'node:timers/promises';
import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AdwStreamError } from '../../base/errors.ts';
import { Refusal, type RefusalTally, type RefusalWords } from '../../base/refusal.ts';
import { COUNTED_CLIENTS_MAX, WRONG_TOKEN_DELAY_MS, WRONG_TOKENS_PER_MINUTE } from './limits.ts';

/** Counts a wrong token of a request's address. @throws AdwStreamError rate_limited, after a delay, beyond the limit */
export type CountWrongToken = (request: FastifyRequest) => Promise<void>;

/**
 * Answers 429 with `Retry-After` to a client address that asks more than `perMinute` times a minute: whatever for, unknown
 * routes too, and before its token is checked. @returns what counts wrong tokens, of which an address has far fewer
 */
export async function installFloodControl(
  app: FastifyInstance,
  { perMinute, refusals }: { readonly perMinute: number; readonly refusals: RefusalTally },
): Promise<CountWrongToken> {
  await app.register(fastifyRateLimit, {
    // A hook of each route would come after those of the application, and unknown routes have none.
    global: false,
    max: perMinute,
    timeWindow: '1 minute',
    cache: COUNTED_CLIENTS_MAX,
    keyGenerator: request => request.ip,
    // For routes with a limit of their own.
    errorResponseBuilder: (_request, { ttl }) => new Refusal('flood', tooMany('requests', ttl)),
  });
  const count = app.createRateLimit();
  app.addHook('onRequest', async request => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    throw new Refusal('flood', tooMany('requests', counted.ttl));
  });
  const countWrong = app.createRateLimit({ max: WRONG_TOKENS_PER_MINUTE });
  return async request => {
    refusals.note('wrong token', request.ip);
    const counted = await countWrong(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    // Only wrong tokens wait: programs of one machine share an address, and one that is misconfigured locks out no other.
    await sleep(WRONG_TOKEN_DELAY_MS);
    const { code, message, details = {} } = tooMany('wrong tokens', counted.ttl);
    throw new AdwStreamError(code, message, { details });
  };
}

function tooMany(what: string, ttlMs: number): RefusalWords {
  const details = { retry_after_seconds: Math.ceil(ttlMs / 1000) };
  return { code: 'rate_limited', message: `Too many ${what} from this address.`, details };
}
