import type { FastifyInstance } from 'fastify';
import { LOGINS_PER_MINUTE } from './limits.ts';
import { loginPage } from './pages.ts';
import { accessOfToken, COOKIE_NAME, cookieValue, type Tokens } from './tokens.ts';

/** How the login form sets its cookie. */
export interface LoginOptions extends Tokens {
  /** Whether we speak TLS ourselves; then the cookie never travels without. */
  readonly secure: boolean;
}

/** Seconds for which a browser keeps the cookie: thirty days. */
const COOKIE_SECONDS = 30 * 24 * 3600;

/** `GET /login`, the form; `POST /login`, which turns a token into a cookie that scripts cannot read. */
export async function loginRoutes(app: FastifyInstance, { secure, ...tokens }: LoginOptions): Promise<void> {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4_096 },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  // `no-referrer` would make the browser send `Origin: null` with the form, which the guard refuses.
  app.addHook('onSend', async (_request, reply) => {
    reply.header('referrer-policy', 'same-origin').header('cache-control', 'no-store');
  });
  app.get('/login', { config: { public: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(loginPage()),
  );
  app.post(
    '/login',
    { config: { public: true, rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: '1 minute' } } },
    (request, reply) => {
      const token = request.body instanceof URLSearchParams ? (request.body.get('token') ?? '') : '';
      if (accessOfToken(token, tokens) === undefined) {
        return reply.code(401).type('text/html; charset=utf-8').send(loginPage('That is not a token of this server.'));
      }
      const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${COOKIE_SECONDS}`];
      if (secure) attributes.push('Secure');
      return reply
        .header('set-cookie', [`${COOKIE_NAME}=${cookieValue(token)}`, ...attributes].join('; '))
        .redirect('/', 303);
    },
  );
}
