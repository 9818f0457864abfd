import { useSignalEffect } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import { plural } from '../base/text.ts';
import { summary as shown } from '../state/replay.ts';
import { session } from '../state/store.ts';

/** ms between two announcements: a workflow says more than a listener can follow. */
const QUIET_MS = 5000;

/** Tells assistive technology of changed phases, errors and ends, politely and never of single events. */
export function Announcer() {
  const [text, setText] = useState('');
  const told = useRef({ what: '', at: 0, timer: 0 });
  useSignalEffect(() => {
    const summary = session.value?.summary.value;
    // The tab's title says what the page shows; what is announced is what happens.
    const said = shown.value;
    document.title = said ? `${said.adw_id} ${said.status.replaceAll('_', ' ')} · adw-stream` : 'adw-stream';
    if (!summary) return;
    const { status, phase, totals } = summary;
    const failed = totals.errors > 0 ? `, ${plural(totals.errors, 'error')}` : '';
    const attempts = summary.phases.find(({ name }) => name === phase)?.attempts ?? 0;
    const where = phase ? `, phase ${phase}${attempts > 1 ? `, attempt ${attempts}` : ''}` : '';
    const what = `${summary.adw_id} ${status.replaceAll('_', ' ')}${where}${failed}`;
    const state = told.current;
    if (what === state.what) return;
    state.what = what;
    clearTimeout(state.timer);
    state.timer = window.setTimeout(
      () => {
        state.at = Date.now();
        setText(state.what);
      },
      Math.max(0, state.at + QUIET_MS - Date.now()),
    );
  });
  return (
    <div class="sr" role="status" aria-live="polite">
      {text}
    </div>
  );
}
