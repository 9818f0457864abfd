import { useComputed } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { shownImages } from '../../run/shown-images.ts';
import { summary } from '../../state/replay.ts';
import { TABS, type Tab } from '../../state/route.ts';
import { drawer, go, inspecting, maximised, prefer, preferences, view } from '../../state/store.ts';
import { IconButton } from '../parts/bits.tsx';

const NAMES: Readonly<Record<Tab, string>> = {
  summary: 'Summary',
  timeline: 'Timeline',
  spec: 'Spec',
  screenshots: 'Screenshots',
  files: 'Files',
  agents: 'Sub-agents',
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
      screenshots: count(shownImages.value.length),
      files: count(adw.files.length),
      agents: count(adw.roles.flatMap(role => role.attempts).reduce((sum, { tasks }) => sum + tasks.length, 0)),
      todos: items.length > 0 ? `${done}/${items.length}` : '',
      errors: count(adw.totals.errors),
    };
  });
  const strip = useRef<HTMLDivElement>(null);
  const isCut = useIsCut(strip);
  return (
    <div class="tab-bar">
      <div ref={strip} class="tabs" role="tablist" aria-label="Views" onKeyDown={onKeyDown}>
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
      {isCut && <AllTabs counts={counts.value} />}
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

/** Whether some tabs have no room; the one that is shown is kept in sight. */
function useIsCut(strip: RefObject<HTMLDivElement | null>): boolean {
  const [isCut, setCut] = useState(false);
  const { tab: shown } = view.value;
  // Tabs that have no room are reached by a list of all of them.
  useEffect(() => {
    // Not read from the ref when the observer calls: a page that was left has none any more.
    const bar = strip.current!;
    const observer = new ResizeObserver(changes => {
      setCut(bar.scrollHeight > bar.clientHeight + 1);
      // A tab whose count grew moves nothing that the reader scrolled to.
      if (changes.some(({ target }) => target === bar)) showTab(view.peek().tab);
    });
    observer.observe(bar);
    for (const tab of bar.children) observer.observe(tab);
    return () => observer.disconnect();
  }, []);
  useEffect(() => showTab(shown), [shown]);
  return isCut;
}

const showTab = (tab: Tab) => document.getElementById(`tab-${tab}`)?.scrollIntoView({ block: 'nearest' });

/** All tabs as a list, where some have no room. */
function AllTabs({ counts }: { counts: Partial<Record<Tab, string>> }) {
  return (
    <select
      class="select more-tabs"
      aria-label="All views"
      value={view.value.tab}
      onChange={event => go({ tab: event.currentTarget.value as Tab }, 'push')}
    >
      {TABS.map(tab => (
        <option key={tab} value={tab}>
          {[NAMES[tab], counts[tab]].filter(Boolean).join(' ')}
        </option>
      ))}
    </select>
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
