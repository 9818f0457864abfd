import { UNDISCLOSED } from '../../../../src/adw/event-words.ts';
import { log } from '../../state/timeline.ts';

/** {@link UNDISCLOSED}, where it is said for the first time in a session. */
const UNDISCLOSED_HINT = `${UNDISCLOSED} (run Claude with --thinking-display summarized)`;
/** Characters from which a path or a command may lose its middle. */
const LONG = 60;
/** Characters kept of a long command's end, where its arguments tell it from others. */
const TAIL = 18;

/** What a row says on its line. A call's path or command that has no room loses its middle: both ends tell it from others. */
export function RowText({ at }: { at: number }) {
  const current = log.value;
  const rowData = current.rowData[at];
  const type = current.type[at];
  const text = current.isFirstUndisclosed(at) ? UNDISCLOSED_HINT : current.withinRoot(rowData?.summary ?? '');
  const isCall = type === 'tool_use_pre';
  const tail = isCall && text.length > LONG ? tailOf(text, rowData?.toolKind) : 0;
  const name = `row-summary ${type === 'thinking_block' ? 'italic' : ''} ${isCall ? 'mono' : ''}`;
  return (
    <span
      class={`${name} ${tail > 0 ? 'cut' : 'ellipsis'}`}
      dir="auto"
      title={text === rowData?.summary ? undefined : rowData?.summary}
    >
      {tail === 0 ? (
        text
      ) : (
        <>
          <span class="cut-head">{text.slice(0, -tail)}</span>
          <span class="cut-tail">{text.slice(-tail)}</span>
        </>
      )}
    </span>
  );
}

/** How much of the end stays: a path's last name, or a command's last words. */
function tailOf(text: string, kind: string | undefined): number {
  if (kind === 'run') return TAIL;
  const name = text.length - text.lastIndexOf('/') - 1;
  return (kind === 'read' || kind === 'edit' || kind === 'write') && name < LONG ? name : 0;
}
