import type { ComponentChildren } from 'preact';
import type { RowEvent } from '../../../../src/adw/row.ts';
import { exitCodeIn, inputOf, outputText } from '../../../../src/adw/tool-data.ts';
import { columnsOf } from '../../../../src/event/columns.ts';
import { toolKindOf } from '../../../../src/event/tool-kind.ts';
import { dollars, duration, plural, short, whole } from '../../base/text.ts';
import { readLine, readWhole } from '../../data/raw-lines.ts';
import { NONE } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { until } from '../../state/replay.ts';
import { overview, table } from '../../state/timeline.ts';
import { Chip, Skeleton } from '../parts/bits.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { lazy } from '../parts/lazy.tsx';
import { Output } from '../parts/output.tsx';
import { Picture } from '../parts/picture.tsx';
import { useAsync } from '../parts/use-async.ts';
import { OutputImages } from './images.tsx';
import { ToolInput } from './tool-input.tsx';

const Markdown = lazy(() => import('../parts/markdown.tsx').then(module => module.Markdown));

/** The events of one row: a call with its result and its change, or one event alone. */
export interface Bodies {
  readonly event: RowEvent | undefined;
  readonly result: RowEvent | undefined;
  readonly change: RowEvent | undefined;
}

/** Reads what a row shows; from memory where it is. */
export function useBodies(session: Session, at: number): { bodies: Bodies | undefined; error: string } {
  // A call's result may come while it is shown.
  void overview.value;
  const current = table.value;
  const paired = current.resultOf(at, until.value);
  const change = current.changeOf(at, until.value);
  const { value, error } = useAsync<Bodies>(async () => {
    const read = (ordinal: number) => (ordinal === NONE ? Promise.resolve(undefined) : session.body(ordinal));
    const [event, result, changed] = await Promise.all([read(at), read(paired), read(change)]);
    return { event, result, change: changed };
  }, [current, at, paired, change, current.rowData[at] !== undefined, session.returns.value]);
  return { bodies: value, error };
}

/** A text that may be a preview: offers the whole. */
function Cuttable({
  session,
  event,
  children,
}: {
  session: Session;
  event: RowEvent;
  children: (whole: unknown) => ComponentChildren;
}) {
  const { truncated, full_size: size } = event.data as { truncated?: boolean; full_size?: number };
  const { value, loading, error } = useAsync(
    () => (truncated ? readWhole(session, event) : Promise.resolve(undefined)),
    [event],
  );
  return (
    <>
      {truncated && value === undefined && (
        <p class="cut-note muted">
          {loading ? 'Reading the whole' : error || 'Cut; the whole is in the raw line'}
          {size ? ` (${whole(size)} characters)` : ''}
        </p>
      )}
      {children(value)}
    </>
  );
}

/** A call's input. */
export function InputPart({ session, event }: { session: Session; event: RowEvent }) {
  return (
    <Cuttable session={session} event={event}>
      {full => (
        <ToolInput
          kind={toolKindOf(event.data)}
          input={typeof full === 'object' && full !== null ? (full as Record<string, unknown>) : inputOf(event.data)}
        />
      )}
    </Cuttable>
  );
}

/** A call's output. */
export function OutputPart({ session, event, lines }: { session: Session; event: RowEvent; lines?: number }) {
  const tool = String(event.data.tool_name ?? '');
  const isFailedCommand = toolKindOf(event.data) === 'run' && event.data.success === false;
  const line = useAsync(async () => (isFailedCommand ? readLine(session, event) : undefined), [event]).value;
  const stderr = String(line?.tool_use_result?.stderr ?? '');
  return (
    <Cuttable session={session} event={event}>
      {full => {
        const said = typeof full === 'string' ? full : outputText(event.data.output ?? event.data.tool_output);
        // Of a call that failed and printed nothing its error is all there is.
        const text = said === '' ? String(event.data.error ?? '') : said;
        const exit = isFailedCommand ? (exitCodeIn(text) ?? exitCodeIn(String(event.data.error ?? ''))) : undefined;
        return (
          <>
            {exit && <Chip tone="bad">exit {exit}</Chip>}
            <OutputImages adwId={session.adwId} text={text} label={tool} />
            <Output text={text} {...(lines ? { lines } : {})} />
            {stderr && !text.includes(stderr.slice(0, 200)) && (
              <>
                <h3 class="part-title">stderr</h3>
                <Output text={stderr} />
              </>
            )}
          </>
        );
      }}
    </Cuttable>
  );
}

/** What {@link DiffPart} takes. */
interface DiffPartProps {
  readonly session: Session;
  readonly event: RowEvent;
  readonly split: boolean;
  readonly rows?: number;
}

/** A change's diff; side by side where there is room. */
export function DiffPart({ session, event, split, rows }: DiffPartProps) {
  if (!event.data.diff) return <p class="muted">The log holds no diff of this change.</p>;
  return (
    <Cuttable session={session} event={event}>
      {full => <DiffView diff={String(full ?? event.data.diff)} split={split} {...(rows ? { rows } : {})} />}
    </Cuttable>
  );
}

/** Any event that is no call: text as markdown, thinking as text, a result as a card, else its fields. */
export function PlainPart({ session, event }: { session: Session; event: RowEvent }) {
  const { data, type } = event;
  if (type === 'text_block' || type === 'chat_message') {
    return (
      <Cuttable session={session} event={event}>
        {full => <Markdown text={String(full ?? data.content ?? '')} />}
      </Cuttable>
    );
  }
  if (type === 'thinking_block') {
    if (!data.content) {
      return (
        <p class="muted">
          Thinking not disclosed (run Claude with <code>--thinking-display summarized</code>)
        </p>
      );
    }
    return (
      <Cuttable session={session} event={event}>
        {full => (
          <p class="prose italic" dir="auto">
            {String(full ?? data.content)}
          </p>
        )}
      </Cuttable>
    );
  }
  if (type === 'agent_log' && (typeof data.artifact === 'string' || data.event_type === 'prompt')) {
    return (
      <Cuttable session={session} event={event}>
        {full => <Output text={String(full ?? data.message)} />}
      </Cuttable>
    );
  }
  if (type === 'session_ended') return <ResultCard session={session} event={event} />;
  if (type === 'screenshot_available') {
    const path = String(data.screenshot_path ?? '');
    return (
      <div class="output-images">
        <Picture src={source().imageUrl(session.adwId, path)} alt={path} />
      </div>
    );
  }
  if (type === 'malformed_line') return <Output text={String(data.preview ?? '')} />;
  if (type === 'file_changed') return <DiffPart session={session} event={event} split={false} />;
  if (type === 'agent_output_chunk') return <Output text={String(data.content ?? '')} lines={20} />;
  return <OwnFields data={data} />;
}

/** Fields that every event has; they are shown elsewhere. */
const COMMON = new Set([
  'adw_id',
  'event_id',
  'timestamp',
  'timing',
  'agent_role',
  'phase',
  'attempt',
  'session_id',
  'parent_tool_use_id',
  'source',
]);

function OwnFields({ data }: { data: Readonly<Record<string, unknown>> }) {
  const own = Object.fromEntries(Object.entries(data).filter(([key, value]) => !COMMON.has(key) && value !== null));
  return <JsonTree value={own} />;
}

function ResultCard({ session, event }: { session: Session; event: RowEvent }) {
  const { data } = event;
  const failed = columnsOf('session_ended', data).status === 'error';
  const models = data.model_usage as Record<string, unknown> | null | undefined;
  const tokens = tokensOf(data.usage);
  const denials = Array.isArray(data.permission_denials) ? data.permission_denials : [];
  const errors = Array.isArray(data.errors) ? data.errors.filter(one => typeof one === 'string') : [];
  const reasons = ['stop_reason', 'terminal_reason', 'api_error_status', 'api_error_type'].flatMap(name =>
    data[name] === undefined || data[name] === null ? [] : [`${name.replaceAll('_', ' ')}: ${String(data[name])}`],
  );
  return (
    <div class={`result-card ${failed ? 'bad' : 'good'}`}>
      <p class="result-line">
        <b>{failed ? 'failed' : 'success'}</b>
        {failed && data.subtype !== 'success' && <span>{String(data.subtype)}</span>}
        {data.is_error === true && <Chip tone="bad">is_error</Chip>}
        {typeof data.num_turns === 'number' && <span>{plural(data.num_turns, 'turn')}</span>}
        {typeof data.duration_ms === 'number' && (
          <span>
            {duration(data.duration_ms)}
            {typeof data.duration_api_ms === 'number' && (
              <span class="muted"> ({duration(data.duration_api_ms)} in the API)</span>
            )}
          </span>
        )}
        {typeof data.total_cost_usd === 'number' && <span>{dollars(data.total_cost_usd)}</span>}
        {tokens > 0 && <span>{short(tokens)} tokens</span>}
        {denials.length > 0 && <Chip tone="warn">{plural(denials.length, 'permission denial')}</Chip>}
      </p>
      {Boolean(data.result) && (
        <Cuttable session={session} event={event}>
          {full => <Markdown text={String(full ?? data.result)} />}
        </Cuttable>
      )}
      {reasons.length > 0 && <p class="muted">{reasons.join(' · ')}</p>}
      {data.structured_output !== undefined && <JsonTree name="structured output" value={data.structured_output} />}
      {errors.length > 0 && <Output text={errors.join('\n')} lines={20} />}
      {models && <JsonTree name="model usage" value={models} depth={1} />}
      {denials.length > 0 && <JsonTree name="permission denials" value={denials} depth={1} />}
    </div>
  );
}

/** All tokens of a session, those from the cache too. */
function tokensOf(usage: unknown): number {
  const counts = (usage ?? {}) as Record<string, unknown>;
  const kinds = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'];
  return kinds.reduce((sum, kind) => sum + (typeof counts[kind] === 'number' ? counts[kind] : 0), 0);
}

/** While a body is on its way. */
export function Loading({ error }: { error: string }) {
  return error ? <p class="tone-bad">{error}</p> : <Skeleton lines={3} />;
}
