import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AdwSummary } from '../../adw/summary-shape.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { type Clock, isoTime, sleep } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { columnsOf } from '../../event/columns.ts';
import { shortHash } from '../../event/id.ts';
import { searchTextOf } from '../../event/search-text.ts';
import type { AppendEvent, Store } from '../store/store.ts';
import { type Alarm, linkTo, runFieldsOf } from './alarm.ts';
import { type AlarmSettings, BUILT_IN_ACTIONS } from './config.ts';
import { Fleet } from './fleet.ts';
import { Outbox, type Raised } from './outbox.ts';
import { type Incident, incidentsOf, nextCheckMs, type Seen } from './rules.ts';
import type { Send } from './sender.ts';

/** ms between two checks of the runs that have changed: a burst of events is one check. */
const CHECK_MS = 1_000;
/** ms after which a run is checked again whose check failed. */
const AGAIN_MS = 5_000;
/** ms for which an alarm of a day is remembered. */
const DAY_KEPT_MS = 2 * 86_400_000;
/** Ids of alarms kept in memory; of older ones the log is asked. */
const RAISED_MAX = 10_000;

/** The runs of the log, as the one judgement sees them. */
export interface Runs {
  /** Resolves when the past has been folded. */
  readonly ready: Promise<void>;
  ids(): Iterable<string>;
  one(adwId: string): AdwSummary | undefined;
  /** The log's newest word on a run's state. */
  said(adwId: string): Seen['said'];
  /** The moment since which a run has been in its state; see `turnedMs`. */
  turnedMs(adwId: string): number | null;
}

/** What {@link Alarms} work with. */
export interface AlarmsOptions {
  readonly settings: AlarmSettings;
  readonly senders: ReadonlyMap<string, Send>;
  readonly store: Pick<Store, 'append' | 'readById' | 'records' | 'tail'>;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the pages are that links lead to. */
  readonly pagesUrl: () => string;
  /** Rings in the terminal that the server runs in. */
  readonly ring: () => void;
}

/**
 * Looks after the runs of a log by rules. An incident becomes an event of the log, whose id is made of its run, rule and key:
 * so it is raised once, whatever restarts or servers there are, and pages and clients hear of it as of all else. It is put
 * into the outbox before, and sent after.
 */
export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #outbox: Outbox;
  readonly #fleet = new Fleet();
  readonly #raised = new BoundedMap<string, true>(RAISED_MAX);
  /** When each run is checked next, ms since the Unix epoch. */
  readonly #due = new Map<string, number>();

  constructor(options: AlarmsOptions) {
    this.#options = options;
    const { store, senders, clock, log } = options;
    this.#outbox = new Outbox({ records: store.records, senders, clock, log });
  }

  /** How many sendings wait at this server. */
  get waiting(): number {
    return this.#outbox.waiting;
  }

  /** Checks, raises and sends until `signal` aborts: the work of one server of the log. */
  async work(signal: AbortSignal): Promise<void> {
    const { runs, store } = this.#options;
    await runs.ready;
    const untail = store.tail(events => {
      for (const { adwId } of events) this.#due.set(adwId, 0);
    });
    try {
      await this.#takeUp();
      for (const adwId of runs.ids()) {
        await nextTurn();
        this.#due.set(adwId, 0);
        // Rules that compare runs have to know them all.
        const summary = runs.one(adwId);
        if (summary !== undefined) this.#fleet.note(summary);
      }
      await Promise.all([this.#outbox.send(signal), this.#checkDue(signal)]);
    } finally {
      untail();
    }
  }

  /** What an earlier server put into the outbox may not have come into the log. */
  async #takeUp(): Promise<void> {
    for (const kept of await this.#outbox.load()) {
      await this.#announce(kept);
      this.#raised.set(kept.alarm.id, true);
    }
  }

  async #checkDue(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const nowMs = clock.now();
      for (const adwId of [...this.#due].filter(([, atMs]) => atMs <= nowMs).map(([id]) => id)) {
        // A run of many roles takes some ms; sockets want their turn in between.
        await nextTurn();
        if (signal.aborted) return;
        this.#due.delete(adwId);
        try {
          await this.#check(adwId, nowMs);
        } catch (error) {
          this.#due.set(adwId, nowMs + AGAIN_MS);
          log.report('alarms_failed', { error: messageOf(error) });
        }
      }
      await sleep(CHECK_MS, signal);
    }
  }

  async #check(adwId: string, nowMs: number): Promise<void> {
    const { runs, settings } = this.#options;
    const summary = runs.one(adwId);
    if (summary === undefined) return this.#fleet.forget(adwId);
    const fleet = this.#fleet;
    fleet.note(summary);
    const seen: Seen = { summary, said: runs.said(adwId), turnedMs: () => runs.turnedMs(adwId), fleet, nowMs };
    for (const incident of incidentsOf(settings.rules, seen)) await this.#raise(incident, summary);
    const next = nextCheckMs(settings.rules, seen);
    if (next !== null) this.#due.set(adwId, Math.min(next, this.#due.get(adwId) ?? next));
  }

  async #raise({ rule, key, isOfAll, message, evidence }: Incident, summary: AdwSummary): Promise<void> {
    const { settings, store, clock, pagesUrl } = this.#options;
    const { adw_id } = summary;
    const id = shortHash(`${isOfAll ? '' : adw_id}\0alarm\0${rule.name}\0${key}`);
    if (this.#raised.has(id)) return;
    if ((await store.readById(adw_id, id)) === undefined) {
      const now = clock.now();
      const actions = rule.actions ?? [...Object.keys(settings.actions), ...BUILT_IN_ACTIONS];
      const url = linkTo(pagesUrl(), adw_id, evidence[0] ?? id);
      const about = { rule: rule.name, when: rule.when, message, url, raised_at: isoTime(now) };
      const alarm: Alarm = { id, ...about, event_id: evidence[0] ?? null, ...runFieldsOf(summary) };
      const made = { alarm, evidence: [...evidence], actions };
      const release = await this.#outbox.put(made, isOfAll ? now + DAY_KEPT_MS : 0);
      await this.#announce(made);
      release();
    }
    this.#raised.set(id, true);
  }

  /** Puts an alarm into the log, and rings where that is news. */
  async #announce({ alarm, evidence, actions }: Raised): Promise<void> {
    const { store, log, ring } = this.#options;
    const { id, rule, when, message, adw_id } = alarm;
    const { outcomes } = await store.append([{ kind: 'event', event: alarmEvent({ alarm, evidence, actions }) }]);
    if (outcomes[0] === 'duplicate') return;
    log.report('alarm_raised', { rule, message, adw_id, when, event_id: id });
    if (actions.includes('terminal')) ring();
  }
}

function alarmEvent({ alarm, evidence, actions }: Raised): AppendEvent {
  const { id, adw_id, raised_at, rule, when, message } = alarm;
  const about = { rule, when, message, evidence, actions };
  const data = { adw_id, event_id: id, timestamp: raised_at, timing: 'exact' as const, ...about };
  return {
    type: 'alarm',
    adwId: adw_id,
    eventId: id,
    timeMs: Date.parse(raised_at),
    ...columnsOf('alarm', data),
    text: searchTextOf('alarm', data),
    dataJson: JSON.stringify(data),
  };
}
