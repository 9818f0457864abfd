import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { toolKindOf } from '../../../../src/event/tool-kind.ts';
import { duration } from '../../base/text.ts';
import { placeOf } from '../../data/raw-lines.ts';
import { NONE } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { tasks, tasksBelow, until } from '../../state/replay.ts';
import { inspecting, maximised, prefer } from '../../state/store.ts';
import { selected, table } from '../../state/timeline.ts';
import { isSummary, NothingSelected } from '../adw/run-summary.tsx';
import { copyLink } from '../keys.ts';
import { Chip, CopyButton, IconButton, Time } from '../parts/bits.tsx';
import { Guard } from '../parts/guard.tsx';
import { Icon } from '../parts/icon.tsx';
import { Splitter } from '../parts/splitter.tsx';
import { TaskCard } from '../parts/task-card.tsx';
import { appearanceOf } from '../timeline/appearance.ts';
import { type Bodies, DiffPart, InputPart, Loading, OutputPart, PlainPart, useBodies } from './event-body.tsx';
import { RawPart } from './raw-part.tsx';

type Part = 'input' | 'output' | 'diff' | 'content' | 'raw';
const NAMES: Readonly<Record<Part, string>> = {
  input: 'Input',
  output: 'Output',
  diff: 'Diff',
  content: 'Content',
  raw: 'Raw',
};
/** Width of the pane from which a diff is drawn side by side, px. */
const SPLIT_PX = 1000;

/** Everything about the selected row: what was asked, what came of it, and the exact line it comes from. */
export function Inspector({ session }: { session: Session }) {
  const at = selected.value;
  return (
    <aside class="inspector" aria-label="Inspector">
      <Splitter
        label="Width of the inspector"
        side="left"
        min={260}
        maxShare={0.6}
        onResize={inspectorPx => prefer({ inspectorPx })}
      />
      {at === NONE ? (
        <>
          <div class="inspector-head">
            <h2 class="muted">{isSummary.value ? 'Summary' : 'Inspector'}</h2>
            <span class="grow" />
            <IconButton
              icon="expand"
              label="Maximise the inspector"
              pressed={maximised.value === 'inspector'}
              onClick={() => (maximised.value = maximised.value === 'inspector' ? '' : 'inspector')}
            />
            <IconButton icon="cross" label="Close the inspector" onClick={() => (inspecting.value = false)} />
          </div>
          <NothingSelected session={session} />
        </>
      ) : (
        <Selected key={at} session={session} at={at} />
      )}
    </aside>
  );
}

function Selected({ session, at }: { session: Session; at: number }) {
  const { bodies, error } = useBodies(session, at);
  const chosen = useSignal<Part | undefined>(undefined);
  const parts = partsOf(bodies);
  const part = chosen.value && parts.includes(chosen.value) ? chosen.value : preferred(parts, bodies);
  const width = useSignal(0);
  const pane = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(entries => {
      width.value = entries[0]?.contentRect.width ?? 0;
    });
    observer.observe(pane.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      <Head at={at} bodies={bodies} />
      <div class="segments" role="tablist" aria-label="Parts">
        {parts.map(name => (
          <button
            key={name}
            type="button"
            role="tab"
            class="segment"
            aria-selected={name === part}
            tabIndex={name === part ? 0 : -1}
            onClick={() => (chosen.value = name)}
            onKeyDown={event => {
              const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (!step) return;
              event.preventDefault();
              event.stopPropagation();
              chosen.value = parts[(parts.indexOf(part) + step + parts.length) % parts.length]!;
              const tabs = event.currentTarget.parentElement!.children;
              (tabs[parts.indexOf(chosen.value)] as HTMLElement).focus();
            }}
          >
            {NAMES[name]}
          </button>
        ))}
      </div>
      <div class="inspector-body" ref={pane} role="tabpanel" aria-label={NAMES[part]} tabIndex={0}>
        {bodies?.event ? (
          <Guard key={part}>
            <LaunchedTask at={at} />
            <Shown session={session} bodies={bodies} part={part} split={width.value >= SPLIT_PX} />
          </Guard>
        ) : (
          <Loading error={error} />
        )}
      </div>
    </>
  );
}

/** The task that the selected call launched, with its tree. */
function LaunchedTask({ at }: { at: number }) {
  const current = table.value;
  const useId = current.isCall(at) ? current.rowData[at]?.useId : undefined;
  const task = useId === undefined ? undefined : tasks.value.get(useId);
  return task === undefined ? null : <TaskCard task={task} below={tasksBelow(task)} />;
}

function partsOf(bodies: Bodies | undefined): Part[] {
  if (bodies?.event?.type !== 'tool_use_pre') return ['content', 'raw'];
  return [
    'input',
    ...(bodies.result ? (['output'] as const) : []),
    ...(bodies.change ? (['diff'] as const) : []),
    'raw',
  ];
}

function preferred(parts: readonly Part[], bodies: Bodies | undefined): Part {
  if (parts.includes('diff')) return 'diff';
  const kind = toolKindOf(bodies?.event?.data ?? {});
  if (
    parts.includes('output') &&
    (bodies?.result?.data.success === false || (kind !== 'plan' && kind !== 'delegate' && kind !== 'write'))
  )
    return 'output';
  return parts[0]!;
}

function Shown({ session, bodies, part, split }: { session: Session; bodies: Bodies; part: Part; split: boolean }) {
  const { event, result, change } = bodies;
  if (!event) return null;
  if (part === 'input') return <InputPart session={session} event={event} />;
  if (part === 'output' && result) {
    return (
      <>
        {toolKindOf(event.data) === 'run' && <InputPart session={session} event={event} />}
        <OutputPart session={session} event={result} />
      </>
    );
  }
  if (part === 'diff' && change) return <DiffPart session={session} event={change} split={split} />;
  if (part === 'raw') {
    return (
      <>
        <RawPart session={session} event={event} title={result ? 'call' : ''} />
        {result && <RawPart session={session} event={result} title="result" />}
      </>
    );
  }
  return <PlainPart session={session} event={event} />;
}

function Head({ at, bodies }: { at: number; bodies: Bodies | undefined }) {
  const current = table.value;
  const rowData = current.rowData[at];
  const { icon, word, tone } = appearanceOf(current, at, until.value);
  const outcome = current.outcome(at, until.value);
  const took = current.took(at, until.value);
  const place = bodies?.event ? placeOf(bodies.event) : {};
  return (
    <div class="inspector-top">
      <div class="inspector-head">
        <h2 class={`row-what tone-${tone}`}>
          <Icon name={icon} class={tone === 'tool' ? 'tone-accent' : ''} /> {word}
        </h2>
        {outcome === 'error' && <Chip tone="bad">failed</Chip>}
        {outcome === 'ok' && <Chip tone="good">ok</Chip>}
        {outcome === 'pending' && <Chip tone="live">no result yet</Chip>}
        {took >= 0 && <span class="soft">{duration(took)}</span>}
        <span class="grow" />
        <IconButton icon="link" label="Copy a link to this event (y)" onClick={copyLink} />
        <CopyButton text={() => JSON.stringify(bodies?.event, null, 2)} what="the event as JSON" />
        <IconButton
          icon="expand"
          label="Maximise the inspector"
          pressed={maximised.value === 'inspector'}
          onClick={() => (maximised.value = maximised.value === 'inspector' ? '' : 'inspector')}
        />
        <IconButton icon="cross" label="Close the inspector" onClick={() => (inspecting.value = false)} />
      </div>
      <p class="inspector-summary mono" dir="auto">
        {rowData?.summary}
      </p>
      <p class="inspector-details muted">
        <Time ms={current.timeOf(at)} />
        {rowData?.timing && rowData.timing !== 'exact' && <Chip title="How the time is known">{rowData.timing}</Chip>}
        <span>{rowData?.role}</span>
        {rowData !== undefined && rowData.attempt > 0 && <span>attempt {rowData.attempt}</span>}
        {place.path && (
          <span
            class="mono ellipsis"
            title={`${place.path}, bytes ${place.offset ?? '?'} to ${(place.offset ?? 0) + (place.length ?? 0)}`}
          >
            {place.path}
            {place.line ? `:${place.line}` : ''}
          </span>
        )}
      </p>
    </div>
  );
}
