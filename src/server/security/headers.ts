import fastifyHelmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** What pages of ours may load: their own files, and images made from data. No inline script, no other host, no frame. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'worker-src': ["'self'", 'blob:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
} as const;

/** Puts the usual protective headers on every answer. */
export async function installHeaders(app: FastifyInstance): Promise<void> {
  await app.register(fastifyHelmet, {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: Object.fromEntries(
        Object.entries(CONTENT_SECURITY_POLICY).map(([name, value]) => [name, [...value]]),
      ),
    },
    referrerPolicy: { policy: 'no-referrer' },
    // A board on another port of this machine may show our screenshots.
    crossOriginResourcePolicy: { policy: 'same-site' },
    // Strict-Transport-Security holds for a whole host name: on localhost it would break every other program there.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
}
