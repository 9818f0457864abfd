import { UNDISCLOSED } from '../../../src/adw/event-words.ts';
import type { RowEvent } from '../../../src/adw/row.ts';
import type { Group } from '../../../src/event/types.ts';

/** Shown unless the reader chooses otherwise. */
export const DEFAULT_GROUPS: readonly Group[] = ['think', 'text', 'tool', 'result'];

/** An event of the log as the page receives it: the type may be one that this build does not know. */
export type AnyEvent = RowEvent;

/** {@link UNDISCLOSED}, where it is said for the first time in a session. */
export const UNDISCLOSED_HINT = `${UNDISCLOSED} (run Claude with --thinking-display summarized)`;
