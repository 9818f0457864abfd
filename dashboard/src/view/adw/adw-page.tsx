import { useComputed } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { messageOf } from '../../../../src/base/errors.ts';
import { isInvalidId, type Session } from '../../data/session.ts';
import { drawer, inspecting, maximised, preferences, view } from '../../state/store.ts';
import { showAll } from '../../state/track.ts';
import { Inspector } from '../inspector/inspector.tsx';
import { Empty, Skeleton } from '../parts/bits.tsx';
import { lazy } from '../parts/lazy.tsx';
import { isUnauthorized, SessionEnded } from '../parts/session-ended.tsx';
import { Timeline } from '../timeline/timeline.tsx';
import { Bars } from './bars.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { Lanes } from './lanes.tsx';
import { lanesShown } from './lanes-shown.ts';
import { MinimapRow } from './minimap-row.tsx';
import { Roles } from './roles.tsx';
import { SummaryTab } from './run-summary.tsx';
import { Scrubber } from './scrubber.tsx';
import { Stepper } from './stepper.tsx';
import { TabBar } from './tab-bar.tsx';
import { Waiting } from './waiting.tsx';

const PANELS: Readonly<Record<string, ComponentType<{ session: Session }>>> = {
  summary: SummaryTab,
  timeline: Timeline,
  spec: lazy(() => import('../tabs/spec.tsx').then(module => module.Spec)),
  screenshots: lazy(() => import('../tabs/screenshots.tsx').then(module => module.Screenshots)),
  files: lazy(() => import('../tabs/files.tsx').then(module => module.Files)),
  agents: lazy(() => import('../tabs/agents.tsx').then(module => module.Agents)),
  todos: lazy(() => import('../tabs/todos.tsx').then(module => module.Todos)),
  cost: lazy(() => import('../tabs/cost.tsx').then(module => module.Cost)),
  errors: lazy(() => import('../tabs/errors.tsx').then(module => module.Errors)),
  state: lazy(() => import('../tabs/state.tsx').then(module => module.State)),
  raw: lazy(() => import('../tabs/raw.tsx').then(module => module.Raw)),
};

/** The widths that the reader gave to panes. */
function paneWidths(): Record<string, string> {
  const { rolesPx, inspectorPx } = preferences.value;
  return {
    ...(rolesPx > 0 ? { '--roles-px': `${rolesPx}px` } : {}),
    ...(inspectorPx > 0 ? { '--inspector-px': `${inspectorPx}px` } : {}),
  };
}

/** One ADW: which phase, which agent, what it does right now, whether it is healthy, what it cost. */
export function AdwPage({ session }: { session: Session }) {
  const phase = session.phase.value;
  const tab = useComputed(() => view.value.tab);
  useEffect(showAll, [session]);
  if (phase === 'waiting') return <Waiting session={session} />;
  if (phase === 'failed') return <Failed session={session} />;
  const Panel = PANELS[tab.value] ?? Timeline;
  const withInspector = inspecting.value && tab.value === 'timeline';
  // An inspector that is not there cannot fill the page.
  const filling = maximised.value === 'inspector' && !withInspector ? '' : maximised.value;
  return (
    <div class={`adw ${filling ? `max-${filling}` : ''}`} style={paneWidths()}>
      <Header session={session} />
      <Bars session={session} />
      <Stepper />
      <div class={`columns ${withInspector ? 'with-inspector' : ''} ${drawer.value ? 'drawer-open' : ''}`}>
        <Roles />
        <main class="center">
          <TabBar />
          <div class="panel" role="tabpanel" id={`panel-${tab.value}`} aria-labelledby={`tab-${tab.value}`}>
            {phase === 'loading' ? <Skeleton lines={14} /> : <Panel session={session} />}
          </div>
        </main>
        {withInspector && <Inspector session={session} />}
      </div>
      <MinimapRow />
      {lanesShown.value && tab.value === 'timeline' && <Lanes />}
      <Scrubber />
      <Footer />
    </div>
  );
}

/** No first picture came: why, and what helps. */
function Failed({ session }: { session: Session }) {
  const error = session.error.value;
  return (
    <div class="adw">
      <Header session={session} />
      {isUnauthorized(error) ? (
        <SessionEnded />
      ) : (
        <Empty title="This workflow cannot be shown">
          <p>{messageOf(error)}</p>
          {!isInvalidId(error) && <p>Trying again every few seconds.</p>}
        </Empty>
      )}
    </div>
  );
}
