import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { AdwStreamError } from '../../base/errors.ts';
import { COUNTED_CLIENTS_MAX } from './limits.ts';

/** Answers 429 with `Retry-After` to a client address that asks more than `perMinute` times a minute. */
export async function installFloodControl(app: FastifyInstance, perMinute: number): Promise<void> {
  await app.register(fastifyRateLimit, {
    global: true,
    max: perMinute,
    timeWindow: '1 minute',
    cache: COUNTED_CLIENTS_MAX,
    keyGenerator: request => request.ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new AdwStreamError('rate_limited', 'Too many requests from this address.', {
        details: { retry_after_seconds: Math.ceil(ttl / 1000) },
      }),
  });
}
