import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import { API_VERSION, VERSION } from '../../base/version.ts';
import type { Store } from '../store/store.ts';

/** What the health check asks. */
export interface HealthOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Open WebSocket and SSE connections. */
  readonly connections: () => number;
}

/**
 * `GET /health`: instant, without a token, and at once what the reference's clients expect and what tells our sidecar
 * that it talks to us. A degraded server still answers 200: it goes on serving reads.
 */
export function healthRoute(app: FastifyInstance, { store, clock, connections }: HealthOptions): void {
  const startedMs = clock.now();
  app.get('/health', { config: { public: true } }, () => {
    const { status, reason, bytes, pending } = store.health();
    return {
      status: status === 'ok' ? 'healthy' : 'degraded',
      service: 'adw-websocket-trigger',
      version: VERSION,
      active_connections: connections(),
      total_workflows_triggered: 0,
      uptime_seconds: Math.max(0, Math.round((clock.now() - startedMs) / 100) / 10),
      health_check: null,
      error: reason ?? null,
      adw_stream: { api: API_VERSION, epoch: store.epoch, version: VERSION },
      store: { kind: store.kind, last_seq: store.lastSeq, bytes, pending },
    };
  });
}
