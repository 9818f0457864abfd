import { useComputed } from '@preact/signals';
import { summary } from '../../data/replay.ts';
import { TABS, type Tab } from '../../data/route.ts';
import { drawer, go, inspecting, maximised, prefer, preferences, view } from '../../data/store.ts';
import { IconButton } from '../parts/bits.tsx';

const NAMES: Readonly<Record<Tab, string>> = {
  summary: 'Summary',
  timeline: 'Timeline',
  spec: 'Spec',
  screenshots: 'Screenshots',
  files: 'Files',
  todos: 'Todos',
  cost: 'Cost',
  errors: 'Errors',
  state: 'State',
  raw: 'Raw',
};

/** The tabs, with what is behind each in numbers. Arrow keys move between them. */
export function TabBar() {
  const counts = useComputed<Partial<Record<Tab, string>>>(() => {
    const adw = summary.value;
    if (!adw) return {};
    const items = adw.todos.flatMap(list => list.items);
    const done = adw.todos.reduce((sum, list) => sum + list.done, 0);
    return {
      spec: count(adw.specs.length),
      screenshots: count(adw.screenshots.length),
      files: count(adw.files.length),
      todos: items.length > 0 ? `${done}/${items.length}` : '',
      errors: count(adw.totals.errors),
    };
  });
  return (
    <div class="tab-bar">
      <div class="tabs" role="tablist" aria-label="Views" onKeyDown={onKeyDown}>
        {TABS.map(tab => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            class="tab"
            aria-selected={view.value.tab === tab}
            aria-controls={`panel-${tab}`}
            tabIndex={view.value.tab === tab ? 0 : -1}
            onClick={() => go({ tab }, 'push')}
          >
            {NAMES[tab]}
            {counts.value[tab] && <span class={`count ${tab === 'errors' ? 'bad' : ''}`}>{counts.value[tab]}</span>}
          </button>
        ))}
      </div>
      <span class="tab-tools not-narrow">
        <IconButton icon="sliders" label={`Density: ${preferences.value.density} (v)`} onClick={cycleDensity} />
        <IconButton
          icon="expand"
          label="Maximise this pane (z)"
          pressed={maximised.value === 'center'}
          onClick={() => (maximised.value = maximised.value === 'center' ? '' : 'center')}
        />
        <IconButton
          icon="info"
          label="Inspector (o)"
          pressed={inspecting.value}
          onClick={() => (inspecting.value = !inspecting.value)}
        />
      </span>
    </div>
  );
}

/** compact → normal → expanded → compact. */
export function cycleDensity(): void {
  const next = { compact: 'normal', normal: 'expanded', expanded: 'compact' } as const;
  prefer({ density: next[preferences.peek().density] });
}

const count = (value: number): string => (value > 0 ? String(value) : '');

function onKeyDown(event: KeyboardEvent): void {
  const at = TABS.indexOf(view.peek().tab);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const tab = TABS[(next + TABS.length) % TABS.length]!;
  drawer.value = false;
  go({ tab });
  document.getElementById(`tab-${tab}`)?.focus();
}
