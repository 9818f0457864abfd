import type { Session } from '../data/session.ts';
import { dialog, session, toast, view } from '../state/store.ts';
import { AdwPage } from './adw/adw-page.tsx';
import { Alarms } from './alarms.tsx';
import { Announcer } from './announcer.tsx';
import { Compare } from './compare/compare.tsx';
import { Help } from './help.tsx';
import { Home } from './home/home.tsx';
import { Palette } from './palette.tsx';
import { RecordDialog } from './record.tsx';
import { learning } from './timeline/deferred-actions.ts';

function screen(current: Session | undefined) {
  if (view.value.compare.length > 0) return <Compare />;
  return view.value.adwId === '' || !current ? <Home /> : <AdwPage key={current.adwId} session={current} />;
}

/** The whole page: one screen at a time, and what lies over it. */
export function App() {
  const current = session.value;
  return (
    <>
      {screen(current)}
      {dialog.value === 'help' && <Help />}
      {dialog.value === 'palette' && <Palette />}
      {dialog.value === 'alarms' && <Alarms />}
      {dialog.value === 'record' && <RecordDialog />}
      <Announcer />
      <div class="toast" role="status">
        {toast.value || learning.value}
      </div>
    </>
  );
}
