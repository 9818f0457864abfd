import type { FoldStep } from './fold-step.ts';
import { type Phase, phaseOfRole, phasesOfWorkflow, wholeOf } from './phase.ts';
import { entryOf, type Fields, fieldsOf, setEntry, textOf, timeOf } from './read.ts';
import type { AdwState, PhaseWord, Teller, WorkflowWord } from './state.ts';
import type { PhaseStatus } from './summary-shape.ts';

/** The words that programs use for the state of a run, a stage or a phase. */
const STATUS_WORDS: Readonly<Record<string, PhaseStatus>> = {
  pending: 'pending',
  queued: 'pending',
  started: 'running',
  running: 'running',
  active: 'running',
  in_progress: 'running',
  completed: 'completed',
  complete: 'completed',
  success: 'completed',
  succeeded: 'completed',
  done: 'completed',
  failed: 'failed',
  failure: 'failed',
  error: 'failed',
  errored: 'failed',
  cancelled: 'failed',
  skipped: 'skipped',
};

/** Stages of the reference's board that say how the whole run stands. */
const RUN_STAGES: Readonly<Record<string, WorkflowWord['status']>> = {
  'ready-to-merge': 'completed',
  completed: 'completed',
  errored: 'failed',
};

function statusOf(word: unknown): PhaseStatus | undefined {
  return typeof word === 'string'
    ? entryOf(STATUS_WORDS as Record<string, PhaseStatus>, word.toLowerCase())
    : undefined;
}

/** `status_update`: what a workflow says of itself; `current_step: "Stage: build"` names a phase. */
export function statusUpdate(step: FoldStep): void {
  const { state, data } = step;
  state.ticket.workflow = textOf(data.workflow_name, 200) ?? state.ticket.workflow;
  saidOfRun(step, statusOf(data.status), {
    teller: tellerOf(data.told_by),
    workflow: textOf(data.workflow_name, 200),
    said: textOf(data.message) ?? textOf(data.status) ?? '',
  });
  if (data.told_by === 'summary_file') readSummary(state, data);
  const stage = /^Stage:\s*([\w-]+)/i.exec(textOf(data.current_step) ?? '');
  if (stage?.[1] !== undefined) moveTo(step, null, stage[1]);
}

/** The sources that tell of the run, beside workflows that report by themselves. */
function tellerOf(toldBy: unknown): Teller {
  return toldBy === 'command' || toldBy === 'summary_file' ? toldBy : 'posted';
}

/** `stage_transition`, unless a role's directory caused it: then it names the role, and the role's activity says it better. */
export function stageTransition(step: FoldStep): void {
  const { data, state } = step;
  if (textOf(data.agent_role) !== null) return;
  state.ticket.workflow = textOf(data.workflow_name, 200) ?? state.ticket.workflow;
  const to = textOf(data.to_stage, 80) ?? '';
  saidOfRun(step, entryOf(RUN_STAGES as Record<string, WorkflowWord['status']>, to) ?? 'running', {
    teller: 'posted',
    workflow: textOf(data.workflow_name, 200),
    said: textOf(data.message) ?? to,
  });
  moveTo(step, textOf(data.from_stage, 80), to);
}

/** `workflow_phase_transition`, likewise. */
export function phaseTransition(step: FoldStep): void {
  const { data } = step;
  if (textOf(data.agent_role) !== null) return;
  moveTo(step, textOf(data.phase_from, 80), textOf(data.phase_to, 80) ?? '');
}

/** What was said of the run, beside its status. */
interface Said {
  readonly teller: Teller;
  readonly workflow: string | null;
  readonly said: string;
}

/** Workflows whose words are kept apart, in one ADW. */
const WORDS_MAX = 100;

/** Keeps what is said of the run; each teller's newest word about a workflow stands. */
function saidOfRun({ state, ms, id }: FoldStep, status: PhaseStatus | undefined, said: Said): void {
  if (status !== 'running' && status !== 'completed' && status !== 'failed') return;
  const key = `${said.teller} ${said.workflow ?? ''}`;
  if ((entryOf(state.words, key)?.ms ?? 0) > (ms ?? 0)) return;
  setEntry(state.words, key, { ...said, status, ms, eventId: id }, WORDS_MAX);
}

function moveTo({ state, ms }: FoldStep, from: string | null, to: string): void {
  const target = phaseOfRole(to);
  const source = from === null ? runningPhase(state) : phaseOfRole(from);
  if (source !== undefined && source !== target) {
    const word = wordsOf(state, source, 'stage');
    word.status = to === 'errored' ? 'failed' : 'completed';
    word.endedMs = ms;
  }
  if (target === undefined) return;
  const word = wordsOf(state, target, 'stage');
  word.status = 'running';
  word.startedMs ??= ms;
  word.endedMs = null;
}

/** The phase that stage events left running. */
function runningPhase(state: AdwState): Phase | undefined {
  const found = Object.entries(state.phases).find(([, words]) => words.stage?.status === 'running');
  return found?.[0] as Phase | undefined;
}

function wordsOf(state: AdwState, phase: Phase, source: 'stage' | 'state'): PhaseWord {
  state.phases[phase] ??= { stage: null, state: null };
  const words = state.phases[phase];
  words[source] ??= { status: 'pending', startedMs: null, endedMs: null };
  return words[source];
}

/** `agent_updated`: the content of the state file, or what a factory's database says of the run. */
export function stateFile(step: FoldStep): void {
  const file = fieldsOf(step.data.state);
  readTicket(step.state, file);
  const orchestrator = fieldsOf(file.orchestrator ?? file.orchestrator_state);
  const source = Object.keys(orchestrator).length > 0 ? orchestrator : file;
  readStages(step.state, source);
  saidOfRun(step, endOf(source, step.state) ?? 'running', {
    teller: textOf(fieldsOf(step.data.source).path, 1024)?.endsWith('.db') ? 'database' : 'state_file',
    workflow: null,
    said: textOf(source.error_message ?? source.error ?? source.last_error, 300) ?? '',
  });
}

/** The end that a state file tells of, by its status, by its current phase, or by the phases that it says are over. */
function endOf(source: Fields, state: AdwState): 'completed' | 'failed' | undefined {
  const words = [source.status, source.workflow_status, source.current_phase, source.current_stage].map(statusOf);
  if (words.includes('failed')) return 'failed';
  if (words.includes('completed')) return 'completed';
  if (words.includes('running')) return undefined;
  const over = namesIn(source.phases_completed ?? source.completed_phases).map(name => phaseOfRole(name) ?? name);
  const all = phasesOfWorkflow(state.ticket.workflow ?? '');
  return all.length > 0 && all.every(phase => over.includes(phase)) ? 'completed' : undefined;
}

/** What `workflow_summary.json` says beside how the run ended. */
function readSummary(state: AdwState, data: Fields): void {
  const { ticket } = state;
  ticket.prompt = textOf(data.prompt) ?? ticket.prompt;
  ticket.planFile = textOf(data.plan_file, 1024) ?? ticket.planFile;
  for (const [name, phase] of Object.entries(fieldsOf(data.phases))) {
    const { success } = fieldsOf(phase);
    if (typeof success === 'boolean') recordStage(state, name, success ? 'completed' : 'failed');
  }
}

function readTicket({ ticket }: AdwState, file: Fields): void {
  const issue = fieldsOf(file.issue_json);
  ticket.title = textOf(file.issue_title) ?? textOf(issue.title) ?? textOf(file.title) ?? ticket.title;
  ticket.issueNumber = textOf(file.issue_number, 40) ?? textOf(issue.number, 40) ?? ticket.issueNumber;
  ticket.issueClass = textOf(file.issue_class, 80) ?? ticket.issueClass;
  ticket.branch = textOf(file.branch_name, 250) ?? ticket.branch;
  ticket.modelSet = textOf(file.model_set, 80) ?? ticket.modelSet;
  ticket.planFile = textOf(file.plan_file, 1024) ?? ticket.planFile;
  ticket.worktree = textOf(file.worktree_path, 1024) ?? ticket.worktree;
  const scripts = Array.isArray(file.all_adws) ? file.all_adws.filter(one => typeof one === 'string') : [];
  const script = scripts.findLast(one => one.startsWith('adw'));
  const whole = script === undefined ? null : textOf(wholeOf(script, scripts), 200);
  ticket.workflow = textOf(file.workflow_name, 200) ?? whole ?? ticket.workflow;
}

/** Stages as a record by name or a list of objects, and the lists beside them. */
function readStages(state: AdwState, source: Fields): void {
  const stages = Array.isArray(source.stages)
    ? source.stages.map(one => [stageName(one), one] as const)
    : Object.entries(fieldsOf(source.stages));
  for (const [name, stage] of stages) {
    const { status, started_at, completed_at, ended_at } = fieldsOf(stage);
    recordStage(state, name, statusOf(status ?? stage), {
      startedMs: timeOf(started_at),
      endedMs: timeOf(completed_at ?? ended_at),
    });
  }
  for (const name of namesIn(source.completed_stages ?? source.phases_completed)) recordStage(state, name, 'completed');
  for (const name of namesIn(source.failed_stages)) recordStage(state, name, 'failed');
  const current = textOf(source.current_stage, 80);
  if (current !== null && statusOf(source.status) !== 'completed') recordStage(state, current, 'running');
}

function recordStage(
  state: AdwState,
  name: string,
  status: PhaseStatus | undefined,
  times: { startedMs: number | null; endedMs: number | null } = { startedMs: null, endedMs: null },
): void {
  const phase = phaseOfRole(name);
  if (phase === undefined || status === undefined) return;
  const word = wordsOf(state, phase, 'state');
  word.status = status;
  word.startedMs = times.startedMs ?? word.startedMs;
  word.endedMs = times.endedMs ?? word.endedMs;
}

function stageName(stage: unknown): string {
  const { name, stage_name, stage: id } = fieldsOf(stage);
  return textOf(name ?? stage_name ?? id, 80) ?? '';
}

function namesIn(list: unknown): string[] {
  return Array.isArray(list) ? list.filter(one => typeof one === 'string') : [];
}
