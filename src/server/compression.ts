import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopbackName } from './security/hosts.ts';

/** Bytes from which packing a JSON answer is worth its time. */
const PACK_BYTES_MIN = 16 * 1024;
/** Half the time of the usual level, for a tenth more bytes. */
const LEVEL = 4;

const pack = promisify<string, { level: number }, Buffer>(gzip);

/**
 * Packs large JSON answers (an index of 50,000 events has 3 MB) for clients on other machines: over loopback, packing
 * takes longer than sending. Live streams never pass here: they are written past the framework.
 */
export function installCompression(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || !isWorthIt(request, reply, payload)) return done(null, payload);
    pack(payload, { level: LEVEL }).then(packed => {
      reply.removeHeader('content-length').header('content-encoding', 'gzip');
      reply.header('vary', [reply.getHeader('vary') ?? [], 'accept-encoding'].flat().join(', '));
      done(null, packed);
    }, done);
  });
}

function isWorthIt({ ip, headers }: FastifyRequest, reply: FastifyReply, payload: string): boolean {
  return (
    payload.length >= PACK_BYTES_MIN &&
    String(reply.getHeader('content-type')).startsWith('application/json') &&
    !reply.hasHeader('content-encoding') &&
    /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(String(headers['accept-encoding'] ?? '')) &&
    !isLoopbackName(ip.replace(/^::ffff:/, ''))
  );
}
