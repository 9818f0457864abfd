import { STAGES } from '../../../adw/phase.ts';
import { badRequest, type Fields, isMissing, pythonText, type Translate, type Translation } from './request.ts';

/** A move on the reference's board. `from` may be unknown to the client that reports it. */
interface Move {
  readonly from: unknown;
  readonly to: unknown;
  readonly message: unknown;
}

/** What an orchestrator's event means: a move a sentence to answer with and nothing to show. */
type Meaning = { readonly move: Omit<Move, 'message'> } | { readonly remark: string };

/** By `event_type`; everything else is taken note of. */
const MEANINGS: Readonly<Record<string, (body: Fields) => Meaning>> = {
  stage_started: ({ stage_name, previous_stage }) => move(previous_stage || 'backlog', stage_name),
  stage_completed: ({ stage_name, next_stage }) =>
    isMissing(next_stage)
      ? { remark: `Stage ${pythonText(stage_name)} completed (last stage)` }
      : move(stage_name, next_stage),
  stage_failed: ({ stage_name }) => move(stage_name, 'errored'),
  stage_skipped: ({ stage_name }) => ({ remark: `Stage ${pythonText(stage_name)} skipped` }),
  workflow_started: ({ stage_name }) => move('backlog', stage_name),
  workflow_completed: ({ stage_name }) => move(stage_name, 'ready-to-merge'),
  workflow_failed: ({ stage_name }) => move(stage_name, 'errored'),
};

/** `POST /api/stage-event`: a move told directly (`to_stage`) an orchestrator's event (`event_type`). */
export const stageEvent: Translate = body => {
  const { adw_id, event_type } = body;
  if (isMissing(adw_id)) throw badRequest('Missing required field: adw_id');
  if (isMissing(event_type)) return broadcast(body, directMove(body));
  const name = pythonText(event_type);
  const meaning = Object.hasOwn(MEANINGS, name) ? MEANINGS[name]!(body) : { remark: `Event ${name} logged` };
  if ('move' in meaning) return broadcast(body, { ...meaning.move, message: body.message ?? '' });
  return { events: [], answer: () => ({ status: 'success', message: meaning.remark, adw_id, event_type }) };
};

function move(from: unknown, to: unknown): Meaning {
  return { move: { from, to } };
}

function directMove({ from_stage, to_stage, message }: Fields): Move {
  if (isMissing(to_stage)) throw badRequest('Missing required field: to_stage');
  const from = from_stage ?? 'unknown';
  return {
    from,
    to: to_stage,
    message: message ?? `Transitioning from ${pythonText(from)} to ${pythonText(to_stage)}`,
  };
}

function broadcast(body: Fields, { from, to, message }: Move): Translation {
  if (!(STAGES as readonly unknown[]).includes(to)) {
    throw badRequest(`Invalid to_stage: ${pythonText(to)}. Must be one of: ${STAGES.join(', ')}`);
  }
  const { adw_id, stage_name: _, next_stage: __, previous_stage: ___, ...rest } = body;
  const data = {
    ...rest,
    adw_id,
    workflow_name: body.workflow_name ?? 'unknown',
    from_stage: from ?? 'unknown',
    to_stage: to,
    message,
    timestamp: body.timestamp || undefined,
  };
  return {
    events: [{ type: 'stage_transition', data }],
    answer: clients => ({
      status: 'success',
      message: `Stage transition broadcasted: ${pythonText(from)} -> ${pythonText(to)}`,
      adw_id,
      to_stage: to,
      db_persisted: true,
      clients_count: clients,
    }),
  };
}
