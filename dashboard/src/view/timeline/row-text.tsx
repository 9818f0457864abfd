import { UNDISCLOSED } from '../../../../src/adw/event-words.ts';
import { saysPath } from '../../../../src/adw/tool.ts';
import { table } from '../../state/timeline.ts';
import { Middle } from '../parts/middle.tsx';

/** {@link UNDISCLOSED}, where it is said for the first time in a session. */
const UNDISCLOSED_HINT = `${UNDISCLOSED} (run Claude with --thinking-display summarized)`;
/** Characters from which a path or a command may lose its middle. */
const LONG = 60;

/** What a row says on its line. A call's path or command that has no room loses its middle. */
export function RowText({ at }: { at: number }) {
  const current = table.value;
  const rowData = current.rowData[at];
  const text = current.isFirstUndisclosed(at) ? UNDISCLOSED_HINT : current.withinRoot(rowData?.summary ?? '');
  const isCall = current.isCall(at);
  const kind = rowData?.toolKind;
  const name = `row-summary ${rowData?.type === 'thinking_block' ? 'italic' : ''} ${isCall ? 'mono' : ''}`;
  if (isCall && text.length > LONG && (kind === 'run' || saysPath(kind)))
    return <Middle text={text} isPath={saysPath(kind)} class={name} title={rowData?.summary} />;
  return (
    <span class={`${name} ellipsis`} dir="auto" title={text === rowData?.summary ? undefined : rowData?.summary}>
      {text}
    </span>
  );
}
