import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { AdwStreamError } from '../../base/errors.ts';
import { COUNTED_CLIENTS_MAX } from './limits.ts';

/**
 * Answers 429 with `Retry-After` to a client address that asks more than `perMinute` times a minute: whatever for, unknown
 * routes too, and before its token is looked at, so that nobody can try tokens faster than that.
 */
export async function installFloodControl(app: FastifyInstance, perMinute: number): Promise<void> {
  await app.register(fastifyRateLimit, {
    // A hook of each route would come after those of the application, and unknown routes have none.
    global: false,
    max: perMinute,
    timeWindow: '1 minute',
    cache: COUNTED_CLIENTS_MAX,
    keyGenerator: request => request.ip,
    // For routes with a limit of their own.
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
  });
  const count = app.createRateLimit();
  app.addHook('onRequest', async request => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(counted.ttl);
  });
}

function tooMany(ttlMs: number): AdwStreamError {
  return new AdwStreamError('rate_limited', 'Too many requests from this address.', {
    details: { retry_after_seconds: Math.ceil(ttlMs / 1000) },
  });
}
