import type { AdwState } from './state.ts';

/** Names the fold's code: a snapshot of another version is ignored. Raise it whenever `applyEvent` or the state change. */
export const FOLD_VERSION = 1;

/** What the fold looks at of an event of the log. */
export interface FoldEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The state of an ADW before its first event. */
export function initialState(adwId: string): AdwState {
  return {
    adwId,
    lastSeq: 0,
    firstMs: null,
    lastMs: null,
    counts: {
      events: 0,
      lines: 0,
      tools: 0,
      toolErrors: 0,
      logErrors: 0,
      malformedLines: 0,
      lostBytes: 0,
      linesAdded: 0,
      linesRemoved: 0,
    },
    ticket: {
      title: null,
      issueNumber: null,
      issueClass: null,
      branch: null,
      workflow: null,
      modelSet: null,
      planFile: null,
      worktree: null,
    },
    workflow: null,
    roles: {},
    sessions: {},
    phases: {},
    tools: {},
    files: {},
    screenshots: [],
    specs: [],
    todos: {},
    beyondLimits: 0,
  };
}
