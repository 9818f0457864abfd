import type { RowEvent } from '../../../../src/adw/row.ts';
import { bytes } from '../../base/text.ts';
import { readRawLine } from '../../data/raw-lines.ts';
import type { Session } from '../../data/session.ts';
import { CopyButton, Skeleton } from '../parts/bits.tsx';
import { Code } from '../parts/code.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { useAsync } from '../parts/use-async.ts';

const SHOWN_CHARS = 40_000;

/** The exact line an event comes from: file, line, byte range, and the JSON as it was written. */
export function RawPart({ session, event, title }: { session: Session; event: RowEvent; title: string }) {
  const { value: raw, loading, error } = useAsync(() => readRawLine(session, event), [event]);
  if (loading) return <Skeleton lines={4} />;
  if (!raw) {
    return (
      <div class="raw-part">
        <p class="cut-note muted">
          {error ||
            'This event comes from no line of a stream: it was reported, or made from a file. The event itself:'}
        </p>
        <JsonTree value={event} />
      </div>
    );
  }
  return (
    <div class="raw-part">
      <p class="raw-place">
        {title && <b>{title}</b>}
        <span class="mono">
          {raw.path}:{raw.line}
        </span>
        {raw.offset !== undefined && raw.length !== undefined && (
          <span class="muted">
            bytes {raw.offset}–{raw.offset + raw.length} ({bytes(raw.length)})
          </span>
        )}
        <CopyButton text={raw.text} what="the raw line" />
      </p>
      <Code text={pretty(raw.text)} language="json" />
      {raw.text.length > SHOWN_CHARS && <p class="cut-note muted">Cut here; copying gives the whole line.</p>}
    </div>
  );
}

function pretty(line: string): string {
  const shown = line.length > SHOWN_CHARS ? undefined : parsed(line);
  return shown === undefined ? line.slice(0, SHOWN_CHARS) : JSON.stringify(shown, null, 2);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
