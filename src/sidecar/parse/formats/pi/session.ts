import { createSession, type Session } from '../../session/session.ts';
import { NO_USAGE, sumOfUsage, type Usage } from '../../session/usage.ts';

/** What one model used. */
export interface ModelSpending {
  tokens: Usage;
  /** US dollars, as Pi says; null where it knows no price. */
  costUsd: number | null;
}

/** What a session used so far in this file. */
export interface Spending {
  readonly models: Map<string, ModelSpending>;
  /** Since its last end. */
  sinceEnd: Usage;
}

/** What the agent said last. */
export interface LastMessage {
  readonly text: string;
  readonly stopReason: string;
  readonly errorMessage: string;
}

/** What the lines of one file generation have told so far. */
export interface PiSession extends Session {
  /** Messages so far: it tells those apart that have one id, or none. */
  messages: number;
  /** Answers since the last end. */
  turns: number;
  /** undefined where there was none since the last end. */
  last: LastMessage | undefined;
  /** Whether the process told of an end, and of nothing that goes on since. */
  isOver: boolean;
  /** By session. */
  readonly spending: Map<string, Spending>;
}

/** The state before the first line. */
export function createPiSession(context: Pick<Session, 'home' | 'price'>): PiSession {
  return {
    ...createSession(context),
    messages: 0,
    turns: 0,
    last: undefined,
    isOver: false,
    spending: new Map(),
  };
}

/** What the session at hand used so far. */
export function spendingOf(session: PiSession): Spending {
  const id = session.sessionId ?? '';
  const known = session.spending.get(id) ?? { models: new Map<string, ModelSpending>(), sinceEnd: NO_USAGE };
  session.spending.set(id, known);
  return known;
}

/** Notes what a request used. */
export function spend(session: PiSession, model: string, used: ModelSpending): void {
  const spending = spendingOf(session);
  const before = spending.models.get(model);
  spending.sinceEnd = sumOfUsage(spending.sinceEnd, used.tokens);
  spending.models.set(model, {
    tokens: sumOfUsage(before?.tokens ?? NO_USAGE, used.tokens),
    // A sum of which a part is not known is not known.
    costUsd:
      before === undefined
        ? used.costUsd
        : before.costUsd === null || used.costUsd === null
          ? null
          : before.costUsd + used.costUsd,
  });
}
