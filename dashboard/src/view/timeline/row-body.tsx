import type { Session } from '../../data/session.ts';
import { go } from '../../state/store.ts';
import { table } from '../../state/timeline.ts';
import { DiffPart, InputPart, Loading, OutputPart, PlainPart, useBodies } from '../inspector/event-body.tsx';
import { Guard } from '../parts/guard.tsx';

/** Lines of output inside the timeline; the inspector shows all. */
const LINES = 24;

/** A body taller than half the screen scrolls by itself: rows around it stay where the reader expects them. */
const SCROLLED = { class: 'row-body', role: 'group', 'aria-label': 'Content', tabIndex: 0 } as const;

/** What an open row shows below its line. */
export function RowBody({ at, session }: { at: number; session: Session }) {
  const { bodies, error } = useBodies(session, at);
  const rowData = table.value.rowData[at];
  if (!bodies?.event)
    return (
      <div class="row-body">
        <Loading error={error} />
      </div>
    );
  const { event, result, change } = bodies;
  if (event.type !== 'tool_use_pre') {
    return (
      <div {...SCROLLED}>
        <Guard>
          <PlainPart session={session} event={event} />
        </Guard>
      </div>
    );
  }
  return (
    <div {...SCROLLED}>
      <Guard>
        {change ? (
          <DiffPart session={session} event={change} split={false} rows={60} />
        ) : (
          <InputPart session={session} event={event} />
        )}
        {result && (!change || result.data.success === false) && (
          <OutputPart session={session} event={result} lines={LINES} />
        )}
      </Guard>
      {rowData?.toolKind === 'delegate' && rowData.useId && (
        <button
          type="button"
          class="button"
          onClick={() => go({ scope: rowData.useId!, role: '', attempt: undefined })}
        >
          open scope <kbd>x</kbd>
        </button>
      )}
    </div>
  );
}
