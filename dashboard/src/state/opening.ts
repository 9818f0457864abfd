import { effect } from '@preact/signals';
import { isEnded } from '../../../src/adw/run-state.ts';
import type { Session } from '../data/session.ts';
import { go, session } from './store.ts';

/** Where the page has one pane, the summary of a run that has ended is no pane beside its timeline. As in narrow.css. */
const hasOnePane = matchMedia('(max-width: 1000px)');

/** Opens a run that has ended on its summary, where that has no room beside the timeline; once, and unless its address asks for something. */
export function keepOpening(): void {
  let opened: Session | undefined;
  effect(() => {
    const current = session.value;
    const status = current?.summary.value?.status;
    if (current === opened || status === undefined) return;
    opened = current;
    const isPlain = !location.hash.includes('?');
    if (isPlain && hasOnePane.matches && isEnded(status)) go({ tab: 'summary' });
  });
}
