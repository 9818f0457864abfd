import { STAGES, type Stage } from '../../../adw/phase.ts';
import type { AdwSummary } from '../../../adw/summary-shape.ts';
import type { Store } from '../../store/store.ts';
import type { Card } from './cards.ts';
import type { Data } from './raw-lines.ts';

/** Progress messages among which the newest that names a stage is looked for. */
const TOLD_EVENTS_MAX = 50;

/**
 * The column that an ADW's card is in: where the board was told to put it last, by whichever way, as its own server
 * remembers it. Only of a run that no client told the board of, the column is made of what the log knows.
 */
export async function boardStage(
  store: Store,
  { summary, card }: { readonly summary: AdwSummary | undefined; readonly card: Card | undefined },
): Promise<string> {
  const told = summary && (await toldStage(store, summary.adw_id));
  const moved = card?.told.current_stage ?? undefined;
  if (moved !== undefined && (told === undefined || told.seq <= (card?.moved_after_seq ?? 0))) return moved;
  if (told !== undefined) return told.stage;
  if (summary === undefined) return card?.made.current_stage ?? 'backlog';
  return derivedStage(summary);
}

/** Where a run stands by what it did. */
function derivedStage({ status, phase }: AdwSummary): Stage {
  if (status === 'failed') return 'errored';
  if (status === 'completed') return 'completed';
  return phase === 'ship' ? 'ready-to-merge' : (STAGES.find(stage => stage === phase) ?? 'backlog');
}

/**
 * The stage that clients of the board's server told last, and the seq of the event that says so. A transition with a
 * source was worked out by a sidecar from the directories it saw, which is no more than the log knows anyway.
 */
async function toldStage(store: Store, adwId: string): Promise<{ stage: Stage; seq: number } | undefined> {
  const types = ['stage_transition', 'status_update'] as const;
  const newest = await store.read({ adwId, types, order: 'desc', limit: TOLD_EVENTS_MAX });
  for (const { seq, dataJson } of newest) {
    const { to_stage: to, current_step: step, source } = JSON.parse(dataJson) as Data;
    if (source !== undefined) continue;
    const name = to ?? /^Stage:\s*([\w-]+)/i.exec(String(step ?? ''))?.[1];
    const stage = STAGES.find(each => each === name);
    if (stage !== undefined) return { stage, seq };
  }
  return undefined;
}
