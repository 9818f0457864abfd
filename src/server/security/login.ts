import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CountWrongToken } from './flood.ts';
import { LOGIN_SCRIPT, loginPage, PAGE_STYLE } from './pages.ts';
import { sessionCookie, sessionOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import { accessOfToken, type Tokens } from './tokens.ts';

/** What {@link loginRoutes} takes. */
export interface LoginOptions extends Tokens {
  readonly sessions: Sessions;
  readonly countWrongToken: CountWrongToken;
  /** Whether the server speaks TLS itself; then the cookie never travels without. */
  readonly secure: boolean;
}

/**
 * `GET /login`, the form; `POST /login`, which turns a token into a session, kept in a cookie that scripts cannot read;
 * `POST /logout`, which ends the session.
 */
export async function loginRoutes(app: FastifyInstance, options: LoginOptions): Promise<void> {
  const { sessions, countWrongToken, secure, ...tokens } = options;
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4_096 },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  // `no-referrer` would make the browser send `Origin: null` with the form, which the guard refuses.
  app.addHook('onSend', async (_request, reply) => {
    reply.header('referrer-policy', 'same-origin').header('cache-control', 'no-store');
  });
  app.get('/login', { config: { public: true, page: true } }, (_request, reply) => sendForm(reply));
  app.get('/login.js', { config: { public: true } }, (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(LOGIN_SCRIPT),
  );
  app.get('/login.css', { config: { public: true } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(PAGE_STYLE),
  );
  app.post('/login', { config: { public: true, ownOrigin: true } }, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const token = form.get('token') ?? '';
    const access = accessOfToken(token, tokens);
    if (access === undefined) {
      await countWrongToken(request);
      return sendForm(reply.code(401), 'That is not a token of this server.', viewOf(form));
    }
    const session = await sessions.open(access);
    return reply.header('set-cookie', sessionCookie(request, session, { secure })).redirect(`/${viewOf(form)}`, 303);
  });
  app.post('/logout', { config: { public: true, ownOrigin: true } }, async (request: FastifyRequest, reply) => {
    const session = sessionOf(request);
    if (session !== undefined) await sessions.close(session, request.raw.socket);
    return reply.header('set-cookie', sessionCookie(request, '', { secure })).redirect('/login', 303);
  });
}

/** The view that the person wanted to see, which pages name behind `#`. Nothing else can be asked for. */
function viewOf(form: URLSearchParams): string {
  const view = form.get('view') ?? '';
  return /^#[!-~]{1,2000}$/.test(view) ? view : '';
}

function sendForm(reply: FastifyReply, message?: string, view?: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(loginPage(message, view));
}
