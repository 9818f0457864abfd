import { TOGETHER_MS } from './last-role.ts';
import { isWider } from './phase.ts';
import type { Judgement } from './run-state.ts';
import type { AdwState, AttemptState, RoleState, WorkflowWord } from './state.ts';

/** An end that was said, and its teller. */
type EndWord = Omit<WorkflowWord, 'status' | 'teller'> & {
  readonly status: 'completed' | 'failed';
  readonly teller: WorkflowWord['teller'] | 'log';
  /** When the log that says it was last written to, ms; its file's time, which a copy sets anew. */
  readonly writtenMs?: number | null;
};

/**
 * The end of the run, where something says it and nothing has taken it back since: the newest word holds, and of those
 * that came together the failure.
 */
export function endSaid(state: AdwState): Judgement | undefined {
  const ends = [...Object.values(state.words), ...logWords(state)]
    .filter(isEnd)
    .filter(word => holds(state, word) && !isWithin(state, word));
  const latest = Math.max(...ends.map(({ ms }) => ms ?? 0));
  const newest = ends.filter(({ ms }) => latest - (ms ?? 0) < TOGETHER_MS);
  const word = newest.find(({ status }) => status === 'failed') ?? newest.toSorted(byTime).at(-1);
  if (word === undefined || logTellsMore(state, word)) return undefined;
  const reason = word.said || `${TELLERS[word.teller]} says ${word.status}`;
  const evidence = word.eventId === null ? [] : [word.eventId];
  return { state: word.status, reason, evidence, sinceMs: word.ms, waiting: null };
}

const isEnd = (word: WorkflowWord | EndWord): word is EndWord => word.status !== 'running';

const TELLERS: Readonly<Record<EndWord['teller'], string>> = {
  posted: 'the workflow',
  state_file: 'the state file',
  database: "the factory's database",
  summary_file: 'workflow_summary.json',
  command: 'the command',
  log: "the workflow's log",
};

/** Words that are often left behind saying that the run goes on. */
const LEFT_BEHIND: readonly EndWord['teller'][] = ['state_file', 'database'];

/** What says that the workflow runs, the newest last. What is often left behind saying so does not count. */
export function wordsRunning(state: AdwState): WorkflowWord[] {
  return Object.values(state.words)
    .filter(({ status, teller }) => status === 'running' && !LEFT_BEHIND.includes(teller))
    .toSorted(byTime);
}

/** Of two words at one time the one whose id is larger, so that the order of arrival decides nothing. */
function byTime(a: Pick<EndWord, 'ms' | 'eventId'>, b: Pick<EndWord, 'ms' | 'eventId'>): number {
  return (a.ms ?? 0) - (b.ms ?? 0) || ((a.eventId ?? '') < (b.eventId ?? '') ? -1 : 1);
}

function logWords({ logs }: AdwState): EndWord[] {
  return Object.entries(logs).flatMap(([workflow, { isOver, ms, writtenMs, eventId }]) =>
    isOver
      ? [{ teller: 'log' as const, workflow, status: 'completed' as const, said: '', ms, writtenMs, eventId }]
      : [],
  );
}

/** Whether nothing has begun since the word was said, and nothing that had begun goes on well after it. */
function holds(state: AdwState, { ms, writtenMs, teller, workflow }: EndWord): boolean {
  if (ms === null) return true;
  if (wordsRunning(state).some(word => (word.ms ?? 0) > ms)) return false;
  const logsOn = Object.entries(state.logs).some(([name, log]) => name !== workflow && (log.ms ?? 0) > ms);
  if (teller === 'log' && logsOn) return false;
  return Object.values(state.roles).every(({ attempts }) =>
    attempts.every(attempt => {
      // What a command wrote last may be read after it has ended.
      if (beganAfter(attempt, { ms, writtenMs, slackMs: teller === 'command' ? TOGETHER_MS : 0 })) return false;
      const saidMs = comparable(attempt, { ms, writtenMs });
      return attempt.outcome !== null || attempt.lastMs === null || attempt.lastMs <= saidMs + TOGETHER_MS;
    }),
  );
}

/** When something was said: by its own clock, and by the time of the log's file where a log says it. ms */
interface SaidAt {
  readonly ms: number;
  readonly writtenMs?: number | null | undefined;
  /** How much later an attempt may begin and still be of what was there before. */
  readonly slackMs?: number;
}

/** Whether an attempt began after something was said. */
export function beganAfter(attempt: AttemptState, said: SaidAt): boolean {
  const slackMs = attempt.isGuessed ? TOGETHER_MS : (said.slackMs ?? 0);
  return attempt.startedMs !== null && attempt.startedMs > comparable(attempt, said) + slackMs;
}

/** The time of what was said on the attempt's clock: a checkout gives the files of both their times anew. */
function comparable({ isGuessed }: AttemptState, { ms, writtenMs }: SaidAt): number {
  return (isGuessed ? writtenMs : null) ?? ms;
}

/** Whether the word is that of a part: a workflow that runs more phases than this one (`adw_sdlc`) says that it goes on. */
function isWithin(state: AdwState, { workflow: own }: EndWord): boolean {
  return wordsRunning(state).some(({ workflow }) => isWider(workflow ?? '', own ?? ''));
}

/** Whether a workflow's log ends with an error that is newer than a success that a file or an event tells of. */
function logTellsMore({ logs }: AdwState, { status, teller, ms }: EndWord): boolean {
  if (status !== 'completed' || teller === 'command' || ms === null) return false;
  return Object.values(logs).some(log => log.errors.length > 0 && log.ms !== null && log.ms > ms);
}

/** Workflows that run one role, whatever it is called. */
const SINGLE = /^adw_(?:prompt|slash_command|oneoff|one_off)\b/;

/** Whether the workflow's name says that this role is all of it: the run is over with it. */
export function isSingleRole({ ticket, roles }: AdwState, { role }: RoleState): boolean {
  const name = ticket.workflow?.replace(/_iso$/, '') ?? '';
  return SINGLE.test(name) || (name !== '' && Object.keys(roles).length === 1 && name.replace(/^adw_/, '') === role);
}
