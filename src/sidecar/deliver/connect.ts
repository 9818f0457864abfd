import { z } from 'zod';
import { agoMs, systemClock } from '../../base/clock.ts';
import { STATES } from '../../event/run-state.ts';
import { type Answer, errorOf, isAbsent } from './answer.ts';
import type { Connection } from './connection.ts';
import { HttpLink } from './http-link.ts';
import { NativeDelivery } from './native.ts';
import { ReferenceDelivery } from './reference.ts';
import type { ToldToReference } from './reference-told.ts';
import { serverKindOf } from './server-kind.ts';
import { Transport, type TransportOptions } from './transport.ts';

const statusSchema = z.looseObject({ status: z.enum(STATES) });

/** Files whose events are posted at the same time to a reference server, each in its own order. */
const REFERENCE_CONNECTIONS = 4;

/** How long a server's answer which log it has holds for all sidecars of a process, ms: hundreds of them ask one after the other. */
const EPOCH_MS = 2_500;

/** The epoch of each server's log, and when it was asked for. */
const epochs = new Map<string, { readonly askedAt: number; readonly epoch: Promise<string | undefined> }>();

/** How long a health check may take, ms: the reference's runs a program first, for up to half a minute. */
const HEALTH_MS_MAX = 60_000;

/** Characters shown of an answer that is no health. */
const SAID_CHARS_MAX = 80;

/** What {@link connect} takes: how to reach the server, the ADW to deliver, and what a reference server is told. */
export type ConnectOptions = Omit<TransportOptions, 'connections'> & { readonly adwId: string } & ToldToReference;

/**
 * Learns by its health what kind of server answers.
 * @throws AdwStreamError server_unreachable, unauthorized; wrong_server where it is none of ours and none of the reference's
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const transport = new Transport({ ...options, connections: REFERENCE_CONNECTIONS });
  try {
    const native = (await kindOf(transport)) === 'native';
    return {
      delivery: native
        ? new NativeDelivery(new HttpLink(transport, options.adwId), options)
        : new ReferenceDelivery(transport, options),
      link: transport,
      epoch: () => epochOf(transport, options.server),
      status: async () => {
        if (!native) return undefined;
        const answer = await transport.probe(`/api/v1/adws/${encodeURIComponent(options.adwId)}`);
        return statusSchema.safeParse(answer?.body).data?.status;
      },
      close: () => transport.close(),
    };
  } catch (error) {
    transport.close();
    throw error;
  }
}

/** The kind of the server that answers. One that refuses its health check, or that is none for us, may be replaced by it later. */
async function kindOf(transport: Transport): Promise<'native' | 'reference'> {
  for (let attempt = 1; ; attempt++) {
    const health = await transport.request({ method: 'GET', path: '/health', answerMsMax: HEALTH_MS_MAX });
    const { kind } = serverKindOf(health.body);
    if (health.status < 300 && kind !== 'unknown') return kind;
    const failure =
      health.status < 300 || isAbsent(health.status)
        ? `is no server for ADWs by its health check (GET /health: ${said(health)})`
        : `refuses its health check (${health.status}: ${errorOf(health)})`;
    await transport.waitRefused(failure, { attempt, code: 'wrong_server' });
  }
}

/** An answer in a few words. */
function said({ status, body }: Answer): string {
  const text = body === undefined ? 'no JSON' : JSON.stringify(body);
  return `${status}, ${text.length > SAID_CHARS_MAX ? `${text.slice(0, SAID_CHARS_MAX)}…` : text}`;
}

function epochOf(transport: Transport, server: string): Promise<string | undefined> {
  const now = systemClock.now();
  const known = epochs.get(server);
  if (known !== undefined && agoMs(known.askedAt, now) < EPOCH_MS) return known.epoch;
  const epoch = transport.probe('/health').then(answer => {
    const kind = serverKindOf(answer?.body);
    return kind.kind === 'native' ? kind.epoch : undefined;
  });
  epochs.set(server, { askedAt: now, epoch });
  return epoch;
}
