/**
 * What is to know about each event type, one row per type. Ingest, search, the live streams, the page's rows and the
 * terminal's lines read it. A new type begins here; the compiler then asks for its schema (`schema.ts`), its words
 * (`src/adw/event-words.ts`) and what it does to the state (`src/adw/fold.ts`). Nothing here loads zod: the page reads it too.
 */

/** How what an event tells of has ended; empty where that is not said. */
export type Outcome = '' | 'ok' | 'error';

/** Groups of rows that the page's footer switches on and off. */
export const GROUPS = ['think', 'text', 'tool', 'result', 'hook', 'raw'] as const;
/** One of {@link GROUPS}. */
export type Group = (typeof GROUPS)[number];

type Data = Readonly<Record<string, unknown>>;

/** Everything that is to know about one event type. */
export interface EventRow {
  readonly group: Group;
  /** The page's word, icon and tone for a row of this type; a muted one is drawn thin. */
  readonly word: string;
  readonly icon: EventIcon;
  readonly tone: 'text' | 'think' | 'tool' | 'mile' | 'muted' | 'bad';
  /** Whether the terminal writes a line of it: never, with full detail, or also where only milestones are wanted. */
  readonly terminal: 'never' | 'full' | 'milestone';
  /** Whether the reference's browser client knows the type; others go only to connections that subscribed. */
  readonly reference: boolean;
  /** Fields that full-text search reads, the most telling first; of alternatives the first that is there. False for none at all. */
  readonly searched: readonly (string | readonly string[])[] | false;
  /** What its data says of an outcome; absent where the type has none. */
  readonly outcome?: (data: Data) => Outcome;
  /** Whether `duration_ms` is how long it took, ms. */
  readonly timed?: true;
}

/** Names of the icons that rows have; the page draws them. */
export type EventIcon =
  | 'arrow'
  | 'braces'
  | 'checks'
  | 'code'
  | 'coins'
  | 'file'
  | 'flag'
  | 'image'
  | 'info'
  | 'pencil'
  | 'play'
  | 'refresh'
  | 'text'
  | 'thought'
  | 'warning'
  | 'wrench';

/** Whether a log entry's level says that something failed. */
export function isErrorLevel(level: unknown): boolean {
  return typeof level === 'string' && /^(?:error|critical|fatal)$/i.test(level);
}

const ofLevel = ({ level }: Data): Outcome =>
  isErrorLevel(level) ? 'error' : typeof level === 'string' && /^success$/i.test(level) ? 'ok' : '';
const ofStatus = ({ status }: Data): Outcome => (status === 'failed' ? 'error' : status === 'completed' ? 'ok' : '');
const ofTool = ({ success, status }: Data): Outcome =>
  status === 'retracted' ? '' : success === false || status === 'error' ? 'error' : 'ok';
const ofSession = ({ is_error, subtype }: Data): Outcome =>
  is_error === true || subtype !== 'success' ? 'error' : 'ok';

/** A row about a log: what it says matters little unless its level says otherwise. */
const log = (searched: readonly string[]) =>
  ({ group: 'hook', word: 'log', icon: 'info', tone: 'muted', reference: true, searched, outcome: ofLevel }) as const;
/** A row that only the reference's own programs send, with free fields. */
const foreign = (word: string) =>
  ({
    group: 'hook',
    word,
    icon: 'info',
    tone: 'muted',
    terminal: 'never',
    reference: true,
    searched: ['message', 'summary', 'content'],
  }) as const;

/** The rows, by type: first the reference's types, then ours. */
export const EVENT_ROWS = {
  status_update: {
    group: 'result',
    word: 'status',
    icon: 'info',
    tone: 'mile',
    terminal: 'never',
    reference: true,
    searched: ['message'],
    outcome: ofStatus,
  },
  workflow_log: { ...log(['message']), terminal: 'full' },
  agent_log: { ...log(['message', 'summary', 'content']), terminal: 'full' },
  agent_summary_update: { ...foreign('summary'), searched: ['message', 'summary'] },
  summary_update: { ...foreign('summary'), searched: ['summary', 'content'] },
  thinking_block: {
    group: 'think',
    word: 'thinking',
    icon: 'thought',
    tone: 'think',
    terminal: 'full',
    reference: true,
    searched: ['content'],
    timed: true,
  },
  text_block: {
    group: 'text',
    word: 'text',
    icon: 'text',
    tone: 'text',
    terminal: 'full',
    reference: true,
    searched: ['content'],
  },
  tool_use_pre: {
    group: 'tool',
    word: 'tool',
    icon: 'wrench',
    tone: 'tool',
    terminal: 'full',
    reference: true,
    searched: ['tool_name', ['input', 'tool_input']],
  },
  tool_use_post: {
    group: 'tool',
    word: 'tool',
    icon: 'wrench',
    tone: 'tool',
    terminal: 'full',
    reference: true,
    searched: ['tool_name', 'error', ['output', 'tool_output']],
    outcome: ofTool,
    timed: true,
  },
  file_changed: {
    group: 'tool',
    word: 'file',
    icon: 'pencil',
    tone: 'tool',
    terminal: 'never',
    reference: true,
    searched: ['file_path', 'summary', 'diff'],
  },
  workflow_phase_transition: {
    group: 'result',
    word: 'phase',
    icon: 'arrow',
    tone: 'mile',
    terminal: 'milestone',
    reference: true,
    searched: [],
  },
  stage_transition: {
    group: 'hook',
    word: 'stage',
    icon: 'arrow',
    tone: 'muted',
    terminal: 'never',
    reference: true,
    searched: ['message'],
    outcome: ({ to_stage }) => (to_stage === 'errored' ? 'error' : ''),
  },
  agent_output_chunk: {
    group: 'raw',
    word: 'raw lines',
    icon: 'code',
    tone: 'muted',
    terminal: 'never',
    reference: true,
    // Its lines are typed events already.
    searched: false,
  },
  screenshot_available: {
    group: 'result',
    word: 'screenshot',
    icon: 'image',
    tone: 'mile',
    terminal: 'full',
    reference: true,
    searched: ['screenshot_path'],
  },
  spec_created: {
    group: 'result',
    word: 'spec',
    icon: 'file',
    tone: 'mile',
    terminal: 'milestone',
    reference: true,
    searched: ['spec_path'],
  },
  agent_created: foreign('agent created'),
  agent_updated: { ...foreign('state'), icon: 'braces' },
  agent_deleted: foreign('agent deleted'),
  agent_status_change: {
    ...foreign('agent status'),
    outcome: ({ new_status }) => ofStatus({ status: new_status }),
  },
  orchestrator_updated: foreign('orchestrator'),
  system_log: { ...log(['message']), terminal: 'never' },
  chat_message: { ...foreign('chat'), group: 'text', icon: 'text', tone: 'text' },
  chat_stream: { ...foreign('chat stream'), group: 'raw' },

  session_started: {
    group: 'result',
    word: 'session',
    icon: 'play',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: [],
  },
  session_ended: {
    group: 'result',
    word: 'result',
    icon: 'flag',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: ['result'],
    outcome: ofSession,
    timed: true,
  },
  attempt_started: {
    group: 'result',
    word: 'attempt',
    icon: 'refresh',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: [],
  },
  usage_update: {
    group: 'raw',
    word: 'usage',
    icon: 'coins',
    tone: 'muted',
    terminal: 'never',
    reference: false,
    searched: [],
  },
  // What of it is for people is a log entry of the same line.
  task_update: {
    group: 'raw',
    word: 'task',
    icon: 'checks',
    tone: 'muted',
    terminal: 'never',
    reference: false,
    searched: [],
  },
  phase_update: {
    group: 'result',
    word: 'phase',
    icon: 'arrow',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: ['phase', 'error'],
    outcome: ({ state }) => ofStatus({ status: state }),
  },
  gate_result: {
    group: 'result',
    word: 'gate',
    icon: 'checks',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: ['gate', 'checks'],
    outcome: ({ passed }) => (passed === true ? 'ok' : passed === false ? 'error' : ''),
  },
  // Said again and again while a process lives.
  process_update: {
    group: 'raw',
    word: 'process',
    icon: 'code',
    tone: 'muted',
    terminal: 'never',
    reference: false,
    searched: ['name', 'command'],
  },
  todo_update: {
    group: 'tool',
    word: 'todos',
    icon: 'checks',
    tone: 'tool',
    terminal: 'never',
    reference: false,
    searched: ['items'],
  },
  artifact: {
    group: 'raw',
    word: 'artifact',
    icon: 'file',
    tone: 'muted',
    terminal: 'never',
    reference: false,
    searched: ['path'],
  },
  malformed_line: {
    group: 'result',
    word: 'malformed',
    icon: 'warning',
    tone: 'bad',
    terminal: 'full',
    reference: false,
    searched: ['preview'],
    outcome: () => 'error',
  },
  adw_status: {
    group: 'result',
    word: 'workflow',
    icon: 'flag',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: ['why'],
    outcome: ofStatus,
  },
  alarm: {
    group: 'result',
    word: 'alarm',
    icon: 'warning',
    tone: 'mile',
    terminal: 'milestone',
    reference: false,
    searched: ['message'],
  },
} as const satisfies Record<string, EventRow>;

/** A type of event that the log can hold. */
export type EventType = keyof typeof EVENT_ROWS;

/** The names of {@link EVENT_ROWS}. */
export const EVENT_TYPES = Object.keys(EVENT_ROWS) as readonly EventType[];

/** Every type but raw chunks: what lists, filters and counts are made of. */
export const ROW_TYPES: readonly EventType[] = EVENT_TYPES.filter(type => type !== 'agent_output_chunk');

/** Whether `type` names an event that the log can hold. */
export function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(EVENT_ROWS, type);
}

/** Types of what the server itself concludes of a run: no sign of its life, and at no time of it. */
const CONCLUSIONS: ReadonlySet<string> = new Set<EventType>(['adw_status', 'alarm']);

/** Whether an event of this type is the server's own conclusion, and nothing that the run did. */
export function isConclusion(type: string): boolean {
  return CONCLUSIONS.has(type);
}

/**
 * Whether an event of this type is dated by its onlooker, and not by what the run did: by the server that concludes, or by the watcher that
 * sees a process. No clock of the run goes by it.
 */
export function isDatedByOnlooker(type: string): boolean {
  return isConclusion(type) || type === 'process_update';
}

/** The row of a type. One that this build does not know, sent by a newer server, is shown under its name. */
export function eventRowOf(type: string): EventRow {
  return isEventType(type) ? EVENT_ROWS[type] : { ...foreign(type.replaceAll('_', ' ')), reference: false };
}

/** The event types that the reference's browser client knows. */
export const REFERENCE_TYPES: ReadonlySet<EventType> = new Set(EVENT_TYPES.filter(type => EVENT_ROWS[type].reference));
