import { isDeepStrictEqual } from 'node:util';
import { asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { bounded, firstChars } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { collectFileEvents, type FileOrigin, type FileOutcome, redacted } from './file-events.ts';

/** Characters of a state that its event carries: whole states are a few KB, those that keep logs are cut. */
const STATE_CHARS_MAX = 64 * 1024;
const STATE_STRING_MAX = 8 * 1024;

/** What `adw_state.json` says of where things are. */
export interface StatedPlaces {
  /** As written: absolute, or relative to the worktree or the repository. */
  readonly planFile: string | undefined;
  readonly worktreePath: string | undefined;
}

/** A state that could be read: without secrets and cut to size, to compare the next one with. */
export interface ReadState {
  readonly state: JsonObject;
  readonly places: StatedPlaces;
  readonly redactions: Readonly<Record<string, number>>;
}

/**
 * Reads `adw_state.json`. Undefined when it is not a whole JSON object: its writers rewrite it in place, so it can be
 * seen empty or half; the caller tries again, and then says so with {@link unreadableStateEvents}.
 */
export function readState(text: string, redact: Redactor | undefined): ReadState | undefined {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const { text: clean, counts } = redacted(body, redact);
  const parsed = asObject(parseJson(clean));
  if (parsed === undefined) return undefined;
  const limits = { charsMax: STATE_CHARS_MAX, stringMax: STATE_STRING_MAX };
  return { state: bounded(parsed, limits).value as JsonObject, places: placesOf(parsed), redactions: counts };
}

function placesOf(state: JsonObject): StatedPlaces {
  const path = (value: unknown) => asText(value)?.trim() || undefined;
  return { planFile: path(state.plan_file), worktreePath: path(state.worktree_path) };
}

/**
 * The events of a state that differs from `previous`: `agent_updated` with the whole state and the names of the
 * members that changed, and `agent_summary_update`. None when nothing changed.
 * @param moment tells a state that came back from the same one before
 */
export function stateEvents(
  origin: FileOrigin,
  read: ReadState,
  previous: JsonObject | undefined,
  moment = '',
): FileOutcome {
  const { state, redactions } = read;
  const changed = changedFields(previous, state);
  if (previous !== undefined && changed.length === 0) return { events: [], artifacts: [], redactions: {} };
  // Not by what changed: a replay knows only the last state, and it must be the same event to it.
  const list = collectFileEvents(origin, JSON.stringify(state) + moment);
  list.add('agent_updated', { state, changed_fields: changed });
  list.add('agent_summary_update', {
    summary: summaryOf(state, changed),
    status: asText(state.workflow_status) ?? asText(state.status) ?? null,
    current_step: asText(state.current_phase) ?? asText(state.current_stage) ?? null,
    workflow_name: asText(state.workflow_name) ?? null,
    metadata: { changed_fields: changed },
  });
  return { events: list.events, artifacts: [], redactions };
}

/** Says that the state cannot be read: still half-written after every retry. */
export function unreadableStateEvents(origin: FileOrigin, text: string): FileOutcome {
  const list = collectFileEvents(origin, text);
  const size = text.trim() === '' ? 'is empty' : 'is not a whole JSON object';
  list.add('agent_log', { message: `${origin.path} ${size}`, level: 'WARNING', event_type: 'state_unreadable' });
  return { events: list.events, artifacts: [], redactions: {} };
}

/** Names of the members that were added, removed or changed, in the new state's order. */
function changedFields(before: JsonObject | undefined, after: JsonObject): string[] {
  const removed = Object.keys(before ?? {}).filter(name => !Object.hasOwn(after, name));
  const changed = Object.keys(after).filter(
    name => before === undefined || !Object.hasOwn(before, name) || !isDeepStrictEqual(before[name], after[name]),
  );
  return [...changed, ...removed];
}

/** One line that says what matters of a state. */
function summaryOf(state: JsonObject, changed: readonly string[]): string {
  const number = state.issue_number;
  const issue = typeof number === 'string' || typeof number === 'number' ? `issue #${number}` : '';
  const parts = [issue, asText(state.issue_class) ?? '', asText(state.branch_name) ?? ''].filter(part => part !== '');
  return firstChars(
    `State: ${parts.join(' · ') || 'updated'} (changed: ${changed.slice(0, 20).join(', ') || 'nothing'})`,
  );
}
