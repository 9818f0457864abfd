import type { AdwStatus, AdwSummary } from '../../../adw/summary-shape.ts';
import { isoTime } from '../../../base/clock.ts';
import { shownPath } from '../../../event/path.ts';
import type { Card, CardFields } from './cards.ts';
import type { Data } from './raw-lines.ts';

/** Our states in the words of the reference's server. */
const STATUS: Readonly<Record<AdwStatus, NonNullable<CardFields['status']>>> = {
  pending: 'pending',
  running: 'in_progress',
  waiting: 'in_progress',
  between_roles: 'in_progress',
  stalled: 'stuck',
  completed: 'completed',
  failed: 'errored',
  ended_without_result: 'errored',
};

/** What is known of an ADW, for the board: by the log, by its state file, and what the board was told. */
export interface KnownAdw {
  readonly adwId: string;
  readonly summary: AdwSummary | undefined;
  /** The newest content of `adw_state.json`, or what a client sent of it; empty where there is none. */
  readonly state: Data;
  readonly card: Card | undefined;
  /** The column that its card is in. */
  readonly stage: string;
}

/**
 * One ADW as the reference's board shows it. What the board changed comes first, then what the state file and the log say,
 * then what the card was made with.
 */
export function flatAdw({ adwId, summary, state, card, stage }: KnownAdw) {
  const { made = {}, told = {} } = card ?? {};
  const status = statusOf(summary, { made, told });
  const first = <Value>(...values: readonly Value[]): NonNullable<Value> | null =>
    values.find((value): value is NonNullable<Value> => value != null) ?? null;
  const changedAt = card === undefined ? null : isoTime(card.changed_at);
  const worktree = first(told.worktree_path, made.worktree_path);
  const completedAt = first(told.completed_at, status === 'completed' ? summary?.last_event_at : null);
  return {
    ports: null,
    all_adws: [],
    ...state,
    id: adwId,
    adw_id: adwId,
    issue_number: first(state.issue_number, summary?.issue_number, told.issue_number, made.issue_number),
    issue_class: withoutSlash(first(told.issue_class, state.issue_class, summary?.issue_class, made.issue_class)),
    issue_title: first(told.issue_title, state.issue_title, summary?.title, made.issue_title),
    issue_body: first(told.issue_body, state.issue_body, made.issue_body),
    branch_name: first(told.branch_name, state.branch_name, summary?.branch, made.branch_name),
    plan_file: first(state.plan_file, summary?.plan_file),
    patch_file: first(told.patch_file, state.patch_file),
    patch_history: first(told.patch_history, state.patch_history) ?? [],
    model_set: first(state.model_set, summary?.model_set, made.model_set),
    data_source: first(state.data_source, made.data_source),
    issue_json: first(state.issue_json, made.issue_json),
    orchestrator_state: first(told.orchestrator_state, state.orchestrator, made.orchestrator_state),
    worktree_path: worktree === null ? null : shownPath(worktree),
    current_stage: stage,
    status,
    is_stuck: told.is_stuck ?? status === 'stuck',
    workflow_name: first(told.workflow_name, summary?.workflow, made.workflow_name),
    workflow_status: status,
    workflow_stages: summary?.phases.filter(phase => phase.status !== 'pending').map(({ name }) => name) ?? [],
    created_at: first(summary?.first_event_at, card === undefined ? null : isoTime(card.made_at)),
    updated_at: later(summary?.last_event_at ?? null, changedAt),
    completed_at: completedAt,
    completed: status === 'completed',
  };
}

/** A person may complete a card by hand; apart from that the log knows better than the board how a run is. */
function statusOf(summary: AdwSummary | undefined, { made, told }: { made: CardFields; told: CardFields }): string {
  if (told.status === 'completed' || told.completed_at != null) return 'completed';
  if (summary !== undefined) return STATUS[summary.status];
  return told.status ?? made.status ?? 'pending';
}

/** Workflows write `/feature`, their server and board say `feature`. */
function withoutSlash(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/^\//, '') : text;
}

/** The later of two UTC timestamps. */
function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
