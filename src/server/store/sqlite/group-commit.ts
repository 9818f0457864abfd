/** Events that are committed while the disk still works on the commit before. Bounds what one commit holds, and how long it blocks. */
export const COMMIT_EVENTS_MAX = 2_000;

/** What a commit answers for one of its calls. */
export type Settled<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: unknown };

/** A commit that is written and not yet durable. */
export interface Written<Answer> {
  /** An answer for each call, in order. */
  readonly answers: readonly Settled<Answer>[];
  /** Shows readers what is new. Called once it is durable, in the order of the commits. */
  publish(): void;
}

/** What {@link groupCommit} works with. */
export interface GroupCommitOptions<Call, Answer> {
  /** Takes the calls in order; whatever it throws refuses all of them. */
  readonly commit: (calls: readonly Call[]) => Written<Answer>;
  /** Resolves once everything that was committed before is on disk. */
  readonly sync: () => Promise<void>;
  /** Events in a call. */
  readonly sizeOf: (call: Call) => number;
}

/** Calls that share commits. */
export interface GroupCommit<Call, Answer> {
  /** Resolves once the commit that took `call` is durable. */
  submit(call: Call): Promise<Answer>;
  /** Calls that wait. */
  readonly pending: number;
  /** Resolves once everything that is committed now is durable or refused. */
  durable(): Promise<void>;
  /** Commits what waits, and resolves when everything is durable or refused. */
  drain(): Promise<void>;
}

/** Something that waits for its commit. */
interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Commit<Call, Answer> extends Written<Answer> {
  /** Empty once they were refused. */
  readonly waiting: Waiting<Call, Answer>[];
}

/**
 * Lets everything that waits share one wait for the disk. An idle log commits at once (in the same turn of the event loop,
 * so that what arrived together stays together). While the disk works, calls gather for the next commit: the slower the
 * disk, the more of them share it. The process goes on meanwhile: it reads requests, and sends what was durable before.
 */
export function groupCommit<Call, Answer>(options: GroupCommitOptions<Call, Answer>): GroupCommit<Call, Answer> {
  const { commit, sync, sizeOf } = options;
  let waiting: Waiting<Call, Answer>[] = [];
  let events = 0;
  let pending = 0;
  let immediate: NodeJS.Immediate | undefined;
  let written: Commit<Call, Answer>[] = [];
  let syncing: Promise<void> | undefined;

  const flush = (): void => {
    clearImmediate(immediate);
    immediate = undefined;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    events = 0;
    try {
      written.push({ ...commit(batch.map(({ call }) => call)), waiting: batch });
      syncing ??= settleWritten();
    } catch (error) {
      pending -= batch.length;
      refuse(batch, error);
    }
  };

  const settleWritten = async (): Promise<void> => {
    const covered = written;
    written = [];
    const failure = await sync().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    for (const one of covered) {
      pending -= one.waiting.length;
      if (failure === undefined) settle(one);
      else refuse(one.waiting, failure.error);
    }
    // It is in the log all the same, and may yet become durable: then readers see it, though its senders were refused.
    if (failure !== undefined) written = [...covered, ...written];
    syncing = undefined;
    if (written.some(one => one.waiting.length > 0)) syncing = settleWritten();
    if (waiting.length > 0) schedule();
  };

  const schedule = (): void => {
    if (syncing === undefined || events >= COMMIT_EVENTS_MAX) immediate ??= setImmediate(flush);
  };

  return {
    get pending() {
      return pending;
    },
    submit: call =>
      new Promise((resolve, reject) => {
        waiting.push({ call, resolve, reject });
        pending += 1;
        events += sizeOf(call);
        schedule();
      }),
    async durable() {
      // The sync under way may have begun before the newest commit: then the next one covers it.
      if (written.length > 0) await syncing;
      await syncing;
    },
    async drain() {
      for (flush(); syncing !== undefined; flush()) await syncing;
    },
  };
}

function settle<Call, Answer>({ answers, waiting, publish }: Commit<Call, Answer>): void {
  publish();
  for (const [index, { resolve, reject }] of waiting.entries()) {
    const settled = answers[index]!;
    if (settled.ok) resolve(settled.answer);
    else reject(settled.error);
  }
}

/** Refuses all of `waiting`, and empties it. */
function refuse<Call, Answer>(waiting: Waiting<Call, Answer>[], error: unknown): void {
  for (const { reject } of waiting.splice(0)) reject(error);
}
