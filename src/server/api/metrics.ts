import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { steadyClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { forwardReport, type Logger, loggerTo } from '../../base/log.ts';
import { type ReportName, TELEMETRY, type TelemetryRow } from '../../base/telemetry.ts';
import { PositionMismatchError, type Store } from '../store/store.ts';
import { RUN_FIGURES, type RunFigure, RunFigures } from './run-figures.ts';
import type { States } from './states.ts';

/** What the fan-out knows about its subscribers at the moment of a scrape. */
export interface FanoutFigures {
  readonly connections: number;
  /** Events that the slowest subscriber is behind the log. */
  readonly lagMax: number;
  readonly eventsSent: number;
  readonly bytesSent: number;
}

/** Where the figures come from. */
export interface MetricsOptions {
  readonly store: Store;
  readonly states: States;
  readonly fanout: () => FanoutFigures;
}

/**
 * Counts what is reported: a logger that hands every report on, beside the counters that the rows of `base/telemetry.ts`
 * name, which `registry` gets.
 */
export function countReports(log: Logger, registry: Registry): Logger {
  const rows = Object.entries(TELEMETRY) as [ReportName, TelemetryRow][];
  const counters = new Map<string, Counter>();
  for (const [, { metric }] of rows) {
    if (metric === undefined || counters.has(metric.name)) continue;
    const { name, help, label, values = [] } = metric;
    const labelNames = label === undefined ? [] : [label];
    const counter = new Counter({ name, help, labelNames, registers: [registry] });
    for (const value of values) counter.inc({ [label ?? '']: value }, 0);
    counters.set(name, counter);
  }
  return loggerTo((name, fields) => {
    const { metric }: TelemetryRow = TELEMETRY[name];
    const counter = metric && counters.get(metric.name);
    if (metric !== undefined && counter !== undefined) {
      const labels = metric.label === undefined ? {} : { [metric.label]: String(fields[metric.label]) };
      counter.inc(labels, metric.add === undefined ? 1 : Number(fields[metric.add]));
    }
    forwardReport(log, name, fields);
  });
}

/** What {@link meterAppends} takes. */
export interface MeterOptions {
  readonly registry: Registry;
  readonly log: Logger;
}

/** Upper bounds of the commit histogram, in seconds: a few ms are a group commit, seconds are a disk in trouble. */
const COMMIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** A store whose appends are counted and timed; nothing else of it changes. */
export function meterAppends(store: Store, { registry, log }: MeterOptions): Store {
  const registers = [registry];
  const accepted = new Counter({ name: 'adw_stream_events_accepted_total', help: 'Events stored.', registers });
  const duplicates = new Counter({
    name: 'adw_stream_events_duplicate_total',
    help: 'Events already in the log.',
    registers,
  });
  const batches = new Counter({ name: 'adw_stream_batches_total', help: 'Appends to the log.', registers });
  const seconds = new Histogram({
    name: 'adw_stream_commit_seconds',
    help: 'From an append to its durable commit.',
    buckets: COMMIT_BUCKETS,
    registers,
  });
  const append: Store['append'] = async entries => {
    const done = seconds.startTimer();
    try {
      const result = await store.append(entries);
      result.outcomes.forEach((outcome, index) => {
        const entry = entries[index];
        const count = entry?.kind === 'unit' ? entry.events.length : 1;
        (outcome === 'accepted' ? accepted : duplicates).inc(count);
      });
      batches.inc();
      return result;
    } catch (error) {
      const reason = error instanceof PositionMismatchError ? 'position_mismatch' : 'store';
      log.report('append_refused', { reason, error: messageOf(error) });
      throw error;
    } finally {
      done();
    }
  };
  return withAppend(store, append);
}

/** The same store with another `append`. Methods keep their `this`, properties stay live. */
function withAppend(store: Store, append: Store['append']): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'append') return append;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** `GET /metrics`: the closed list of figures, those of appends and those that are read when asked for. */
export function metricsRoute(app: FastifyInstance, registry: Registry, options: MetricsOptions): void {
  for (const figure of figuresOf(options)) registerFigure(registry, figure);
  registerRunFigures(registry, new RunFigures(options.states));
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

/** Figures of one scrape are of one moment, ms. */
const SCRAPE_MS = 500;

function registerRunFigures(registry: Registry, figures: RunFigures): void {
  let read: { readonly at: number; readonly figures: readonly RunFigure[] } | undefined;
  const now = () => steadyClock.now();
  const current = () => {
    if (read === undefined || now() - read.at > SCRAPE_MS) read = { at: now(), figures: figures.read() };
    return read.figures;
  };
  for (const [name, { help, labels }] of Object.entries(RUN_FIGURES)) {
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect: function set() {
        this.reset();
        for (const one of current().find(figure => figure.name === name)?.series ?? []) this.set(one.labels, one.value);
      },
    });
  }
}

interface Figure {
  readonly name: string;
  readonly help: string;
  readonly value: () => number;
  readonly total?: boolean;
}

function figuresOf({ store, states, fanout }: MetricsOptions): Figure[] {
  const count = (name: string, help: string, value: () => number): Figure => ({ name, help, value, total: true });
  const level = (name: string, help: string, value: () => number): Figure => ({ name, help, value });
  return [
    count('adw_stream_events_sent_total', 'Events sent to subscribers.', () => fanout().eventsSent),
    count('adw_stream_bytes_sent_total', 'Bytes sent to subscribers.', () => fanout().bytesSent),
    level('adw_stream_subscribers', 'Open WebSocket and SSE connections.', () => fanout().connections),
    level('adw_stream_subscriber_lag_events', 'Events that the slowest subscriber is behind.', () => fanout().lagMax),
    level('adw_stream_last_seq', 'Seq of the newest durable event.', () => store.lastSeq),
    level('adw_stream_store_bytes', 'Bytes of the log on disk.', () => store.health().bytes),
    level('adw_stream_store_pending', 'Appends that wait for their commit.', () => store.health().pending),
    level('adw_stream_store_degraded', '1 while the store is degraded.', () => Number(store.health().status !== 'ok')),
    level('adw_stream_adws_running', 'ADWs that have not ended.', () => states.running().size),
    level('adw_stream_uptime_seconds', 'Seconds since the process began.', () => process.uptime()),
    level('adw_stream_resident_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss()),
  ];
}

function registerFigure(registry: Registry, { name, help, value, total = false }: Figure): void {
  const registers = [registry];
  if (!total) {
    new Gauge({
      name,
      help,
      registers,
      collect: function set() {
        this.set(value());
      },
    });
    return;
  }
  new Counter({
    name,
    help,
    registers,
    collect: function set() {
      this.reset();
      this.inc(value());
    },
  });
}
