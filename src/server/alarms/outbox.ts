import { z } from 'zod';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { Wake } from '../../base/wake.ts';
import type { RecordStore } from '../store/store.ts';
import type { Alarm } from './alarm.ts';
import type { Outcome, Send } from './sender.ts';

/** ms after which an alarm that was not taken is given up: a day later it is of no use to its reader. */
const GIVE_UP_MS = 86_400_000;
/** Ceilings of the first wait before another attempt, and of every one, ms. */
const RETRY = { baseMs: 1_000, maxMs: 300_000 };
/** ms that a courier sleeps at most: what was put meanwhile wakes it anyway. */
const SLEEP_MS_MAX = 60_000;

const GONE = 'there is no such action any more';

const keptSchema = z.object({
  alarm: z.custom<Alarm>(value => typeof value === 'object' && value !== null && 'id' in value && 'adw_id' in value),
  raisedMs: z.number(),
  /** Ids of the events that it rests on, and names of all of its actions. */
  evidence: z.array(z.string()),
  actions: z.array(z.string()),
  /** The actions that have not taken it, with how often they were asked and when they are asked again. */
  waiting: z.array(z.object({ action: z.string(), attempts: z.number(), dueMs: z.number() })),
  /** Until when it is remembered though every action has taken it, ms since the Unix epoch. */
  keepUntilMs: z.number(),
});

/** An alarm with the events that it rests on and the actions that it starts. */
export type Raised = Pick<Kept, 'alarm' | 'evidence' | 'actions'>;

/** An alarm on its way. */
export type Kept = z.infer<typeof keptSchema>;

type Waiting = Kept['waiting'][number];

/** What an {@link Outbox} works with. */
export interface OutboxOptions {
  readonly records: RecordStore;
  readonly senders: ReadonlyMap<string, Send>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The alarms that actions have not taken yet: records beside the log, so that they outlive the server. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #kept = new Map<string, Kept>();
  /** What the store holds of each. */
  readonly #saved = new Map<string, unknown>();
  readonly #wakes: ReadonlyMap<string, Wake>;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#wakes = new Map([...options.senders.keys()].map(action => [action, new Wake()]));
  }

  /** How many sendings wait. */
  get waiting(): number {
    return [...this.#kept.values()].reduce((sum, one) => sum + one.waiting.length, 0);
  }

  /** Reads what an earlier server, or this one, left. */
  async load(): Promise<readonly Kept[]> {
    const { records, senders, log } = this.#options;
    this.#kept.clear();
    this.#saved.clear();
    for (const { value } of await records.all('alarm')) {
      const { success, data } = keptSchema.safeParse(value);
      if (!success) continue;
      const { id, rule, adw_id } = data.alarm;
      const gone = data.waiting.filter(({ action }) => !senders.has(action));
      for (const { action } of gone) log.report('alarm_given_up', { rule, adw_id, action, said: GONE });
      this.#kept.set(id, data);
      this.#saved.set(id, value);
      data.waiting = data.waiting.filter(at => !gone.includes(at));
      if (data.waiting.length === 0) await this.#save(data);
    }
    return [...this.#kept.values()];
  }

  /**
   * Takes an alarm in; durable before it resolves.
   * @param keepUntilMs until when it is remembered, ms since the Unix epoch; 0 for no longer than it takes to be sent
   * @returns what lets it go out: called when the log has it, so that nothing is sent that is not remembered
   */
  async put(raised: Raised, keepUntilMs: number): Promise<() => void> {
    const { clock, senders } = this.#options;
    const now = clock.now();
    const waiting = raised.actions
      .filter(action => senders.has(action))
      .map(action => ({ action, attempts: 0, dueMs: now }));
    const one: Kept = { ...raised, raisedMs: now, waiting, keepUntilMs };
    for (const old of this.#kept.values())
      if (old.waiting.length === 0 && old.keepUntilMs <= now) await this.#save(old);
    if (waiting.length > 0 || keepUntilMs > now) await this.#save(one);
    return () => {
      if (waiting.length > 0 || keepUntilMs > now) this.#kept.set(raised.alarm.id, one);
      for (const { action } of waiting) this.#wakes.get(action)?.notify();
    };
  }

  /** Sends what waits, one action beside the other so that none holds up another, until `signal` aborts. */
  async send(signal: AbortSignal): Promise<void> {
    const wake = () => {
      for (const one of this.#wakes.values()) one.notify();
    };
    signal.addEventListener('abort', wake, { once: true });
    await Promise.all([...this.#options.senders].map(([action, send]) => this.#courier(action, send, signal)));
    await this.#writing;
  }

  async #courier(action: string, send: Send, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const next = this.#nextFor(action);
      const ms = next === undefined ? SLEEP_MS_MAX : Math.min(SLEEP_MS_MAX, next.at.dueMs - clock.now());
      if (next === undefined || ms > 0) {
        await this.#wakes.get(action)?.wait(ms);
        continue;
      }
      const outcome = await send(next.one.alarm, signal);
      // What was broken off is as before, and is sent by the next server.
      if (signal.aborted && outcome.how !== 'taken') return;
      // Where it cannot be noted now, this server knows it all the same.
      await this.#settle(next.one, next.at, outcome).catch(error =>
        log.report('alarms_failed', { error: messageOf(error) }),
      );
    }
  }

  /** What the action is asked to take next: what is due first. */
  #nextFor(action: string): { readonly one: Kept; readonly at: Waiting } | undefined {
    const all = [...this.#kept.values()].flatMap(one =>
      one.waiting.filter(at => at.action === action).map(at => ({ one, at })),
    );
    return all.toSorted((a, b) => a.at.dueMs - b.at.dueMs)[0];
  }

  /** Notes how a sending went. */
  async #settle(one: Kept, at: Waiting, { how, said, waitMs = 0 }: Outcome): Promise<void> {
    const { clock, log } = this.#options;
    const { rule, adw_id } = one.alarm;
    const about = { rule, adw_id, action: at.action };
    const now = clock.now();
    at.attempts += 1;
    const dueMs = now + Math.max(waitMs, backoffMs(at.attempts, RETRY));
    // A receiver may ask for a wait of a year.
    if (how === 'later' && dueMs - one.raisedMs <= GIVE_UP_MS) {
      at.dueMs = dueMs;
      log.report('alarm_not_sent', { ...about, said });
    } else {
      one.waiting = one.waiting.filter(other => other !== at);
      if (how === 'taken') log.report('alarm_sent', { ...about, attempts: at.attempts });
      else log.report('alarm_given_up', { ...about, said });
    }
    await this.#save(one);
  }

  /** One write at a time: the last one has to be what is remembered. */
  #save(one: Kept): Promise<void> {
    const written = this.#writing.then(() => this.#write(one));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(one: Kept): Promise<void> {
    const { records, clock } = this.#options;
    const { id } = one.alarm;
    const value = structuredClone(one);
    const was = this.#saved.get(id);
    if (one.waiting.length === 0 && one.keepUntilMs <= clock.now()) {
      this.#kept.delete(id);
      this.#saved.delete(id);
      await records.remove('alarm', id);
    } else if (was === undefined) {
      await records.put('alarm', id, value);
      this.#saved.set(id, value);
    } else if (await records.replace('alarm', id, was, value)) this.#saved.set(id, value);
    // Another server has it now.
    else this.#kept.delete(id);
  }
}
