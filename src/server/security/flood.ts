import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AdwStreamError } from '../../base/errors.ts';
import { isLoopbackName } from './hosts.ts';
import { COUNTED_CLIENTS_MAX } from './limits.ts';

/** Routes by which a sidecar delivers. On its own machine it is slowed by back-pressure (ingest), not by counting. */
const DELIVERY_ROUTE = /^\/api\/v1\/(?:events|adws\/:[a-z_]+\/(?:positions|artifacts\/\*))$/;

/** Answers 429 with `Retry-After` to a client address that asks more than `perMinute` times a minute. */
export async function installFloodControl(app: FastifyInstance, perMinute: number): Promise<void> {
  await app.register(fastifyRateLimit, {
    global: true,
    max: perMinute,
    timeWindow: '1 minute',
    cache: COUNTED_CLIENTS_MAX,
    keyGenerator: request => request.ip,
    allowList: isLocalDelivery,
    errorResponseBuilder: (_request, { ttl }) =>
      new AdwStreamError('rate_limited', 'Too many requests from this address.', {
        details: { retry_after_seconds: Math.ceil(ttl / 1000) },
      }),
  });
}

function isLocalDelivery({ ip, routeOptions }: FastifyRequest): boolean {
  return isLoopbackName(ip.replace(/^::ffff:/, '')) && DELIVERY_ROUTE.test(routeOptions.url ?? '');
}
