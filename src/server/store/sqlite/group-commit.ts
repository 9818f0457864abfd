/** How long a busy log gathers appends for one commit, ms. Adds at most this to an answer. */
export const GATHER_MS = 2;
/** Events that are committed without gathering any longer. Bounds the time one commit blocks the process. */
export const COMMIT_EVENTS_MAX = 2_000;

/** Something that waits for its commit. */
interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** What a commit answers for one of its calls. */
export type Settled<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: unknown };

/** Calls that share commits. */
export interface GroupCommit<Call, Answer> {
  /** Resolves once the commit that took `call` is durable. */
  submit(call: Call): Promise<Answer>;
  /** Calls that wait. */
  readonly pending: number;
  /** Commits what waits, now. */
  flush(): void;
}

/**
 * Lets everything that waits share one fsync. An idle log commits at once (in the same turn of the event loop, so that
 * what arrived together stays together); one that committed within {@link GATHER_MS} gathers that long first.
 * @param commit takes the calls in order and answers for each; whatever it throws refuses all of them
 * @param sizeOf events in a call
 */
export function groupCommit<Call, Answer>(
  commit: (calls: readonly Call[]) => readonly Settled<Answer>[],
  sizeOf: (call: Call) => number,
): GroupCommit<Call, Answer> {
  let waiting: Waiting<Call, Answer>[] = [];
  let events = 0;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let lastCommitAt = Number.NEGATIVE_INFINITY;

  const flush = (): void => {
    clearTimeout(timer);
    clearImmediate(immediate);
    timer = immediate = undefined;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    events = 0;
    settle(batch, commit);
    lastCommitAt = performance.now();
  };

  const schedule = (): void => {
    if (immediate !== undefined) return;
    const idle = performance.now() - lastCommitAt > GATHER_MS;
    if (idle || events >= COMMIT_EVENTS_MAX) immediate = setImmediate(flush);
    else timer ??= setTimeout(flush, GATHER_MS);
  };

  return {
    get pending() {
      return waiting.length;
    },
    flush,
    submit: call =>
      new Promise((resolve, reject) => {
        waiting.push({ call, resolve, reject });
        events += sizeOf(call);
        schedule();
      }),
  };
}

function settle<Call, Answer>(
  batch: readonly Waiting<Call, Answer>[],
  commit: (calls: readonly Call[]) => readonly Settled<Answer>[],
): void {
  try {
    const answers = commit(batch.map(({ call }) => call));
    for (const [index, { resolve, reject }] of batch.entries()) {
      const settled = answers[index]!;
      if (settled.ok) resolve(settled.answer);
      else reject(settled.error);
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
