import type { Alarm } from './alarm.ts';

/** How an action took an alarm. */
export interface Outcome {
  /** `later`: it may work when it is tried again; `refused`: it will not. */
  readonly how: 'taken' | 'later' | 'refused';
  /** What was answered, in a few words: no address, no secret, nothing that the receiver wrote. */
  readonly said: string;
  /** ms that the receiver asks us to wait. */
  readonly waitMs?: number;
}

/** Does one action. Never rejects. */
export type Send = (alarm: Alarm, signal: AbortSignal) => Promise<Outcome>;
