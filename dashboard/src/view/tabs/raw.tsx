import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { messageOf } from '../../../../src/base/errors.ts';
import { bytes, plural, whole } from '../../base/text.ts';
import { placeOf, whole as wholeLine } from '../../data/raw-lines.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { now } from '../../state/store.ts';
import { CopyButton, Empty, Skeleton } from '../parts/bits.tsx';
import { Code } from '../parts/code.tsx';
import { useAsync } from '../parts/use-async.ts';
import { VirtualList } from '../parts/virtual-list.tsx';

const CHUNKS = 200;
const LINE_PX = 24;
const PREVIEW_CHARS = 400;

interface Line {
  readonly number: number;
  readonly text: string;
  readonly status: 'json' | 'malformed' | 'stub';
  readonly kind: string;
}

/** The files as they are on disk, line by line, each with how it was understood. */
export function Raw({ session }: { session: Session }) {
  // At most once a second, and only where something came.
  const newest = useComputed(() => {
    void now.value;
    return session.table.value.lastSeq;
  });
  const files = useAsync(
    () => source().fetchPositions(session.adwId),
    [session, session.complete.value, newest.value],
  ).value;
  const chosen = useSignal('');
  if (!files) return <Skeleton />;
  if (files.length === 0) return <Empty title="No stream was read yet" />;
  const key = (file: (typeof files)[number]) => `${file.path}#${file.attempt}`;
  const file = files.find(candidate => key(candidate) === chosen.value) ?? files[0]!;
  return (
    <div class="raw-tab">
      <div class="toolbar">
        <select
          class="select"
          aria-label="File"
          value={key(file)}
          onChange={event => (chosen.value = event.currentTarget.value)}
        >
          {files.map(candidate => (
            <option key={key(candidate)} value={key(candidate)}>
              {candidate.path}
              {candidate.attempt > 1 ? ` (attempt ${candidate.attempt})` : ''}
            </option>
          ))}
        </select>
        <span class="soft">
          {plural(file.lines, 'line')} · {bytes(file.next)}
          {file.terminated === false && ' · incomplete last line'}
        </span>
      </div>
      <Lines key={key(file)} session={session} path={file.path} fingerprint={file.fingerprint} count={file.lines} />
    </div>
  );
}

interface LinesProps {
  readonly session: Session;
  readonly path: string;
  readonly fingerprint: string;
  readonly count: number;
}

function Lines({ session, path, fingerprint, count }: LinesProps) {
  const open = useSignal<number | undefined>(undefined);
  const { shown, error } = useLines({ session, path, fingerprint, count });
  const picked = open.value === undefined ? undefined : shown[open.value];
  return (
    <div class={`raw-columns ${picked ? 'with-detail' : ''}`}>
      <VirtualList
        class="raw-lines"
        label={`Lines of ${path}`}
        rows={shown.map((_, i) => i)}
        version={shown.length}
        shape={path}
        estimate={() => LINE_PX}
        follow={false}
        busy={shown.length < count}
        row={i => (
          <LineRow
            line={shown[i]!}
            selected={i === open.value}
            toggle={() => (open.value = i === open.value ? undefined : i)}
          />
        )}
        empty={error ? <Empty title={error} /> : <Skeleton />}
      />
      {picked && <Detail key={picked.number} session={session} line={picked} path={path} />}
    </div>
  );
}

/** The lines of one generation of a file as far as they are read, and why no more are. */
function useLines({ session, path, fingerprint, count }: LinesProps): { shown: readonly Line[]; error: string } {
  const lines = useSignal<Line[]>([]);
  const error = useSignal('');
  /** What was read already of this log, and how far. */
  const read = useRef({ all: [] as Line[], after: 0, table: session.table.peek() });
  useEffect(() => {
    let gone = false;
    const inTree = path.replace(/^trees\/[^/]+\//, '');
    const role = inTree.includes('/') ? inTree.split('/')[0]! : '';
    const load = async () => {
      const table = session.table.peek();
      if (read.current.table !== table) read.current = { all: [], after: 0, table };
      const { all } = read.current;
      while (!gone) {
        const chunks = await session.read({
          after: read.current.after,
          limit: CHUNKS,
          type: ['agent_output_chunk'],
          ...(role ? { role } : {}),
        });
        if (gone) return;
        for (const chunk of chunks) {
          const source = placeOf(chunk);
          if (source.path !== path || (source.fingerprint && source.fingerprint !== fingerprint)) continue;
          const first = Number(chunk.data.line_number ?? all.length + 1);
          for (const [i, text] of String(chunk.data.content ?? '')
            .split('\n')
            .entries())
            all.push(lineOf(first + i, text));
        }
        lines.value = [...all];
        read.current.after = chunks.at(-1)?.seq ?? read.current.after;
        // A page of large chunks ends before its limit.
        if (chunks.length === 0) break;
      }
    };
    load().catch(failure => {
      if (!gone) error.value = messageOf(failure);
    });
    return () => {
      gone = true;
    };
  }, [path, fingerprint, count]);
  return { shown: lines.value, error: error.value };
}

function LineRow({ line, selected, toggle }: { line: Line; selected: boolean; toggle: () => void }) {
  return (
    <button type="button" class={`raw-line ${selected ? 'selected' : ''}`} onClick={toggle}>
      <span class="raw-no">{line.number}</span>
      <span class={`raw-status ${line.status === 'json' ? 'muted' : 'tone-bad'}`}>{line.kind}</span>
      <code class="ellipsis" dir="ltr">
        {line.text.slice(0, PREVIEW_CHARS)}
      </code>
      <span class="muted">{whole(line.text.length)}</span>
    </button>
  );
}

function Detail({ session, line, path }: { session: Session; line: Line; path: string }) {
  const { value: text } = useAsync(() => wholeLine(session, line.text), [line]);
  if (text === undefined) return <Skeleton />;
  return (
    <div class="raw-detail scroll" tabIndex={0} role="region" aria-label={`Line ${line.number}`}>
      <p class="raw-place">
        <span class="mono">
          {path}:{line.number}
        </span>
        <CopyButton text={text} what="the raw line" />
      </p>
      <Code
        text={line.status === 'malformed' || text.length > 100_000 ? text.slice(0, 100_000) : pretty(text)}
        language="json"
      />
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** How a line was understood: what it says it is, or that it is no JSON. */
function lineOf(number: number, text: string): Line {
  if (text.startsWith('{"type":"adw_stream.')) return { number, text, status: 'stub', kind: 'stored apart' };
  try {
    const { type, subtype } = JSON.parse(text) as { type?: unknown; subtype?: unknown };
    const kind = [type, subtype].filter(part => typeof part === 'string').join('/');
    return { number, text, status: 'json', kind: kind || 'object' };
  } catch {
    return { number, text, status: 'malformed', kind: 'malformed' };
  }
}
