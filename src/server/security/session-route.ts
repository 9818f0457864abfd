import type { FastifyInstance } from 'fastify';
import { sessionOf } from './session-cookie.ts';

/**
 * `GET /api/v1/session`: what the caller may do, and whether it is logged in with a session that it can end with
 * `POST /logout`.
 */
export function sessionRoute(app: FastifyInstance, { hasLogin }: { readonly hasLogin: boolean }): void {
  app.get('/api/v1/session', request => ({
    access: request.access,
    logged_in: hasLogin && sessionOf(request) !== undefined,
  }));
}
