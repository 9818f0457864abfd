import { TOGETHER_MS } from './last-role.ts';
import { phasesOfWorkflow } from './phase.ts';
import type { Judgement } from './run-state.ts';
import type { AdwState, RoleState, WorkflowWord } from './state.ts';

/** An end that was said, and by whom. */
type EndWord = Omit<WorkflowWord, 'status' | 'teller'> & {
  readonly status: 'completed' | 'failed';
  readonly teller: WorkflowWord['teller'] | 'log';
};

/**
 * The end of the run, where something says it and nothing has taken it back since: the newest word holds, and of those
 * that came together the failure.
 */
export function endSaid(state: AdwState): Judgement | undefined {
  const ends = [...Object.values(state.words), ...logWords(state)].filter(
    (word): word is EndWord => word.status !== 'running' && holds(state, word) && !isWithin(state, word),
  );
  const latest = Math.max(...ends.map(({ ms }) => ms ?? 0));
  const newest = ends.filter(({ ms }) => latest - (ms ?? 0) < TOGETHER_MS);
  const word = newest.find(({ status }) => status === 'failed') ?? newest.toSorted(byTime).at(-1);
  if (word === undefined || logTellsMore(state, word)) return undefined;
  const reason = word.said || `${TELLERS[word.teller]} says ${word.status}`;
  const evidence = word.eventId === null ? [] : [word.eventId];
  return { state: word.status, reason, evidence, sinceMs: word.ms, waiting: null };
}

const TELLERS: Readonly<Record<EndWord['teller'], string>> = {
  posted: 'the workflow',
  state_file: 'the state file',
  summary_file: 'workflow_summary.json',
  command: 'the command',
  log: "the workflow's log",
};

/** What says that the workflow runs, the newest last. A state file is often left behind saying so: it does not count. */
export function wordsRunning(state: AdwState): WorkflowWord[] {
  return Object.values(state.words)
    .filter(({ status, teller }) => status === 'running' && teller !== 'state_file')
    .toSorted(byTime);
}

/** Of two words at one time the one whose id is larger, so that the order of arrival decides nothing. */
function byTime(a: Pick<EndWord, 'ms' | 'eventId'>, b: Pick<EndWord, 'ms' | 'eventId'>): number {
  return (a.ms ?? 0) - (b.ms ?? 0) || ((a.eventId ?? '') < (b.eventId ?? '') ? -1 : 1);
}

function logWords({ logs }: AdwState): EndWord[] {
  return Object.entries(logs).flatMap(([workflow, { isOver, ms, eventId }]) =>
    isOver ? [{ teller: 'log' as const, workflow, status: 'completed' as const, said: '', ms, eventId }] : [],
  );
}

/** Whether nothing has begun since the word was said, and nothing that had begun goes on well after it. */
function holds(state: AdwState, { ms, teller, workflow }: EndWord | WorkflowWord): boolean {
  if (ms === null) return true;
  if (wordsRunning(state).some(word => (word.ms ?? 0) > ms)) return false;
  const logsOn = Object.entries(state.logs).some(([name, log]) => name !== workflow && (log.ms ?? 0) > ms);
  if (teller === 'log' && logsOn) return false;
  return Object.values(state.roles).every(({ attempts }) =>
    attempts.every(({ startedMs, lastMs, outcome, isGuessed }) => {
      // What a command wrote last may be read after it has ended.
      const slackMs = isGuessed || teller === 'command' ? TOGETHER_MS : 0;
      const began = startedMs !== null && startedMs > ms + slackMs;
      return !began && (outcome !== null || lastMs === null || lastMs <= ms + TOGETHER_MS);
    }),
  );
}

/** Whether the word is that of a part: a workflow that runs more phases than this one (`adw_sdlc`) says that it goes on. */
function isWithin(state: AdwState, word: EndWord | WorkflowWord): boolean {
  const own = phasesOfWorkflow(word.workflow ?? '');
  if (own.length === 0) return false;
  return wordsRunning(state).some(({ workflow }) => {
    const phases = phasesOfWorkflow(workflow ?? '');
    return phases.length > own.length && own.every(phase => phases.includes(phase));
  });
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
