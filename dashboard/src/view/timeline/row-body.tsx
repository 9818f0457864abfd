import type { Session } from '../../data/session.ts';
import { go } from '../../data/store.ts';
import { log } from '../../data/timeline.ts';
import { isSubAgentTool } from '../../data/tools.ts';
import { DiffPart, InputPart, Loading, OutputPart, PlainPart, useBodies } from '../inspector/event-body.tsx';

/** Lines of output inside the timeline; the inspector shows all. */
const LINES = 24;

/** What an open row shows below its line. */
export function RowBody({ at, session }: { at: number; session: Session }) {
  const { bodies, error } = useBodies(session, at);
  const fact = log.value.facts[at];
  if (!bodies?.event)
    return (
      <div class="row-body">
        <Loading error={error} />
      </div>
    );
  const { event, result, change } = bodies;
  if (event.type !== 'tool_use_pre') {
    return (
      <div class="row-body">
        <PlainPart session={session} event={event} />
      </div>
    );
  }
  return (
    <div class="row-body">
      {change ? <DiffPart event={change} split={false} rows={60} /> : <InputPart session={session} event={event} />}
      {result && (!change || result.data.success === false) && (
        <OutputPart session={session} event={result} lines={LINES} />
      )}
      {isSubAgentTool(fact?.tool) && fact?.useId && (
        <button type="button" class="button" onClick={() => go({ scope: fact.useId!, role: '' })}>
          open scope <kbd>x</kbd>
        </button>
      )}
    </div>
  );
}
