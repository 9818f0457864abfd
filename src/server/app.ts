import fastifyWebsocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { JudgementLimits } from '../adw/silence.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { AdwStreamError, messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { isSendable } from '../event/token.ts';
import { type OpenAlarms, openAlarms } from './alarms/open.ts';
import { countReports, meterAppends } from './api/metrics.ts';
import { apiRoutes } from './api/routes.ts';
import { RunFeed } from './api/run-feed.ts';
import { RunFigures } from './api/run-figures.ts';
import { createStates, type States } from './api/states.ts';
import { installCompression } from './compression.ts';
import { createFanout, type Fanout, fanoutRoutes, WEBSOCKET_OPTIONS } from './fanout/index.ts';
import { installErrors } from './http-errors.ts';
import { closeWithin, createHttpApp, listen } from './http-server.ts';
import { createIngest, type Ingest, ingestRoutes } from './ingest/index.ts';
import { doAlone } from './lease.ts';
import { createLocalLog } from './local-log.ts';
import type { RunningServer, ServerAlarms, ServerOptions } from './options.ts';
import { tellRemoved } from './otel/cursor.ts';
import { openOtlp } from './otel/index.ts';
import { startRetention } from './retention.ts';
import { installCors } from './security/cors.ts';
import { installFloodControl } from './security/flood.ts';
import { installAccessChecks, installNameChecks } from './security/guard.ts';
import { installHeaders } from './security/headers.ts';
import { isLoopbackName, parseHost } from './security/hosts.ts';
import { loginRoutes } from './security/login.ts';
import { createRefusalLog, type RefusalLog } from './security/refusals.ts';
import { sessionRoute } from './security/session-route.ts';
import { createSessions, type Sessions } from './security/sessions.ts';
import { asksForToken, TOKEN_CHARACTERS_MIN, type Tokens } from './security/tokens.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';

/** ms that answers under way have once the server shuts down; with the rest of closing it stays below 5 s. */
const CLOSE_MS = 2_500;

const NO_ALARMS: ServerAlarms = { settings: { rules: [], actions: {} }, commandEnv: {}, ring: () => {} };

/** What tests replace. */
export interface ServerSurroundings {
  readonly clock?: Clock;
  /** Where the built dashboard is. */
  readonly dashboardDir?: string;
  /** Is given the application before anything is added to it, to check each answer. */
  readonly observe?: (app: FastifyInstance) => void;
}

/**
 * The way of an event through the server:
 *
 *     guard ─▶ ingest ─▶ store ─┬▶ fanout ─▶ WebSocket, Server-Sent Events
 *                               └▶ states ─┬▶ api: reads, health, metrics, pages
 *                                          └▶ alarms ─▶ webhooks, commands, and events of the log
 *
 * Resolves once it listens. @throws AdwStreamError token_required, port_in_use, data_dir_…, invalid_option
 */
export async function startServer(
  options: ServerOptions,
  { clock = systemClock, dashboardDir, observe }: ServerSurroundings = {},
): Promise<RunningServer> {
  requireTokens(options);
  const { idFormat } = options;
  const registry = new Registry();
  const log = countReports(options.log, registry);
  const closing: (() => Promise<unknown>)[] = [];
  const close = once(() => closeAll(closing));
  try {
    const store = meterAppends(await openStore({ ...options, log }), { registry, log });
    closing.push(() => store.close());

    const states = openStates({ options, store, clock, log, closing });

    const figures = new RunFigures(states);
    const otlp = await openOtlp({ settings: options.otlp, store, states, figures: () => figures.read(), log });
    const refusals = createRefusalLog(log);
    closing.push(async () => refusals.close());
    const app = createHttpApp({ ...options, log, refusals });
    closing.push(() => closeWithin(app, CLOSE_MS));
    observe?.(app);

    const ingest = createIngest({ store, idFormat, clock, log });
    const localLog = createLocalLog({ ingest, states, log });
    const fanout = createFanout({
      store,
      ingestMessage: ingest.acceptMessage,
      heartbeatMs: options.heartbeatMs,
      clock,
      log,
      idFormat,
      refusals,
    });
    closing.push(() => fanout.close());
    await fanout.warm();

    installCompression(app);
    await installGuards(app, {
      options: { ...options, log },
      refusals,
      sessions: createSessions({ ...tokensOf(options), records: store.records, clock }),
    });
    const alarms = openAlarms({ ...(options.alarms ?? NO_ALARMS), store, runs: states, clock, log });
    closing.push(async () => alarms.close());
    await serve(app, { options, store, registry, states, ingest, fanout, clock, dashboardDir, alarms });
    const url = await listen(app, options);
    const work = alarms.begin(options.publicUrl ?? url);
    if (work !== undefined) closing.push(doAlone({ leases: store.leases, name: 'alarms', work, log }));
    if (otlp !== undefined) closing.push(doAlone({ leases: store.leases, name: 'otlp', work: otlp, log }));
    return { url, localLog: () => localLog, close };
  } catch (error) {
    await close().catch(failure => log.report('close_failed', { error: messageOf(failure) }));
    throw error;
  }
}

interface StatesParts extends Pick<Parts, 'options' | 'store' | 'clock'> {
  readonly log: Logger;
  readonly closing: (() => Promise<unknown>)[];
}

/** The states of runs, and what lets go of those that are not kept. */
function openStates({ options, store, clock, log, closing }: StatesParts): States {
  const states = createStates({ store, limits: judgementOf(options), clock, log });
  closing.push(() => states.close());
  const { ready, running } = states;
  const onRemoved = async () => tellRemoved(store, await states.forgetGone(), log);
  closing.push(startRetention({ ...limitsOf(options), store, ready, running, onRemoved, log }));
  return states;
}

interface Guards {
  readonly options: ServerOptions;
  readonly refusals: RefusalLog;
  readonly sessions: Sessions;
}

/** Which requests are admitted, checked in this order: host name, origin, rate, token, form of the ADW's id. */
async function installGuards(app: FastifyInstance, { options, refusals, sessions }: Guards): Promise<void> {
  installErrors(app, { log: options.log, refusals });
  installHeaders(app);
  installNameChecks(app, { ...options, refusals });
  await installCors(app);
  const countWrongToken = await installFloodControl(app, { perMinute: options.rateLimit, refusals });
  installAccessChecks(app, { ...options, sessions, countWrongToken });
  const tokens = tokensOf(options);
  sessionRoute(app, { hasLogin: asksForToken(tokens) });
  if (!asksForToken(tokens)) return;
  await app.register(loginRoutes, { ...tokens, sessions, countWrongToken, secure: options.tls !== undefined });
}

function tokensOf({ token, readToken }: ServerOptions): Tokens {
  return { token, readToken };
}

interface Parts {
  readonly options: ServerOptions;
  readonly store: Store;
  readonly registry: Registry;
  readonly states: States;
  readonly ingest: Ingest;
  readonly fanout: Fanout;
  readonly clock: Clock;
  readonly dashboardDir: string | undefined;
  readonly alarms: OpenAlarms;
}

/** The routes: ingest, fan-out and the API. */
async function serve(app: FastifyInstance, parts: Parts): Promise<void> {
  const { options, store, registry, states, ingest, fanout, clock, dashboardDir, alarms } = parts;
  await app.register(ingestRoutes(ingest, { subscriberCount: () => fanout.clients }));
  await app.register(fastifyWebsocket, WEBSOCKET_OPTIONS);
  const { idFormat, agentsDir, otherRuns } = options;
  const changes = new RunFeed({ states, clock, agentsDir, otherRuns });
  await app.register(fanoutRoutes(fanout, { idFormat, changes }));
  await app.register(apiRoutes, {
    store,
    states,
    limits: judgementOf(options),
    registry,
    clock,
    idFormat,
    fanout: fanout.stats,
    agentsDir,
    otherRuns,
    dashboardDir,
    alarms,
  });
}

function judgementOf({ stallTimeoutMs, settleMs }: ServerOptions): JudgementLimits {
  return { stallTimeoutMs, settleMs };
}

function limitsOf({ retainDays, retainBytes }: ServerOptions) {
  return { retainDays, retainBytes };
}

/** A server that others reach (beyond loopback) needs a token. An empty one, or one to read alone, is a mistake. */
function requireTokens({ host, token, readToken }: ServerOptions): void {
  if (token === '' || readToken === '') {
    throw new AdwStreamError('token_required', 'An empty token protects nothing: give one, or leave the option out.');
  }
  for (const given of [token, readToken]) {
    if (given === undefined || isSendable(given)) continue;
    throw new AdwStreamError('invalid_option', 'A token cannot hold white space, nor what no HTTP header can.');
  }
  const isPublic = !isLoopbackName(parseHost(host.includes(':') ? `[${host}]` : host)?.name ?? '');
  for (const given of isPublic ? [token, readToken] : []) {
    if (given === undefined || given.length >= TOKEN_CHARACTERS_MIN) continue;
    const text = `Beyond this machine a token needs ${TOKEN_CHARACTERS_MIN} characters or more: shorter ones can be guessed.`;
    throw new AdwStreamError('token_required', `${text} Try: openssl rand -hex 16`);
  }
  if (token !== undefined) return;
  if (readToken !== undefined) {
    throw new AdwStreamError(
      'token_required',
      'With a token for reading alone no client could write: give --token too.',
    );
  }
  if (!isPublic) return;
  throw new AdwStreamError('token_required', `Listening on ${host} needs a token: others can reach it.`);
}

/**
 * Closes in the opposite order of opening: readers first, then what is under way, then the log. What fails to close does
 * not keep the rest open; the first failure is thrown at the end.
 */
async function closeAll(closing: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing.toReversed()) await close().catch(error => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}
