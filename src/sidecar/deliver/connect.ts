import { z } from 'zod';
import { agoMs, systemClock } from '../../base/clock.ts';
import { type RunState, STATES } from '../../event/run-state.ts';
import type { Delivery } from './delivery.ts';
import { NativeDelivery } from './native.ts';
import { ReferenceDelivery } from './reference.ts';
import { type Answer, errorOf, Transport, type TransportOptions } from './transport.ts';

const healthSchema = z.looseObject({ adw_stream: z.looseObject({ api: z.literal('v1'), epoch: z.string() }) });

const statusSchema = z.looseObject({ status: z.enum(STATES) });

/** Files whose events are posted at the same time to a reference server, each in its own order. */
const REFERENCE_CONNECTIONS = 4;

/** How long a server's answer which log it has holds for all sidecars of a process, ms: hundreds of them ask one after the other. */
const EPOCH_MS = 2_500;

/** The epoch of each server's log, and when it was asked for. */
const epochs = new Map<string, { readonly askedAt: number; readonly epoch: Promise<string | undefined> }>();

/** Answers of a server that has no health check. */
const WITHOUT_HEALTH: ReadonlySet<number> = new Set([404, 405, 501]);

/** How long a health check may take, ms: the reference's runs a program first, for up to half a minute. */
const HEALTH_MS_MAX = 60_000;

/** A connection to a server whose kind is known. */
export interface Connection {
  readonly delivery: Delivery;
  readonly transport: Transport;
  /** The epoch of our server's log now; undefined where the server does not answer or keeps none. */
  epoch(): Promise<string | undefined>;
  /** The ADW's status by our server's log; undefined where there is none. */
  status(): Promise<RunState | undefined>;
  close(): void;
}

/** What {@link connect} takes: how to reach the server, and for whom. */
export type ConnectOptions = Omit<TransportOptions, 'connections'> & { readonly adwId: string };

/**
 * Learns what kind of server answers: ours says `adw_stream` in its health, any other is taken for a reference server.
 * @throws AdwStreamError server_unreachable, unauthorized
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const transport = new Transport({ ...options, connections: REFERENCE_CONNECTIONS });
  try {
    const health = await healthOf(transport);
    const native = healthSchema.safeParse(health.body).success;
    return {
      delivery: native ? new NativeDelivery(transport, options) : new ReferenceDelivery(transport, options),
      transport,
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

/** The first answer that says what a server is: one that refuses its health check says nothing of that. */
async function healthOf(transport: Transport): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const health = await transport.request({ method: 'GET', path: '/health', answerMsMax: HEALTH_MS_MAX });
    if (health.status < 400 || WITHOUT_HEALTH.has(health.status)) return health;
    await transport.waitRefused(`refuses its health check (${health.status}: ${errorOf(health)})`, attempt);
  }
}

function epochOf(transport: Transport, server: string): Promise<string | undefined> {
  const now = systemClock.now();
  const known = epochs.get(server);
  if (known !== undefined && agoMs(known.askedAt, now) < EPOCH_MS) return known.epoch;
  const epoch = transport.probe('/health').then(answer => healthSchema.safeParse(answer?.body).data?.adw_stream.epoch);
  epochs.set(server, { askedAt: now, epoch });
  return epoch;
}
