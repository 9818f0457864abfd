/** How a check came out: a warning works, with a drawback; a problem does not work as it is. */
export type Verdict = 'ok' | 'warning' | 'problem';

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What is so, in one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A finding of one check, without repeating its name. */
export const finding = (check: string) => ({
  ok: (message: string): Finding => ({ check, verdict: 'ok', message }),
  warning: (message: string, remedy: string): Finding => ({ check, verdict: 'warning', message, remedy }),
  problem: (message: string, remedy: string): Finding => ({ check, verdict: 'problem', message, remedy }),
});
