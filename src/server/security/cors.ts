import fastifyCors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/**
 * Lets pages of admitted origins read our answers, with their cookies. Runs after the origin check, so every origin
 * that arrives here is an admitted one and is named back, never `*`.
 */
export async function installCors(app: FastifyInstance): Promise<void> {
  await app.register(fastifyCors, {
    origin: true,
    credentials: true,
    // PATCH and DELETE are refused, and a page has to be able to read that.
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Content-Encoding', 'Digest', 'Last-Event-ID', 'Range'],
    exposedHeaders: ['Content-Range', 'ETag', 'Retry-After'],
    maxAge: 600,
    strictPreflight: false,
  });
}
