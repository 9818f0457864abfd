import { render } from 'preact';
import { firstCame } from './data/first.ts';
import { keepNotified } from './state/alarms.ts';
import { keepPlaying, keepReplayed } from './state/replay.ts';
import { keepSearching } from './state/search.ts';
import { keepSession, keepTime, listenToHistory } from './state/store.ts';
import { keepTheme } from './state/theme.ts';
import { keepOverview, keepRows } from './state/timeline.ts';
import { App } from './view/app.tsx';
import { listenToKeys } from './view/keys.ts';
import { keepHitsMarked } from './view/parts/mark-hits.ts';
import './style/base.css';
import './style/shell.css';
import './style/timeline.css';
import './style/inspector.css';
import './style/record.css';
import './style/home.css';
import './style/summary.css';
import './style/panes.css';
import './style/narrow.css';

/** ms that the page waits for its first rows before it shows itself without them: drawing twice takes longer than they do. */
const SHELL_MS = 100;

const came = firstCame();
keepTheme();
listenToHistory();
keepTime();
keepSession();
keepSearching();
keepRows();
keepOverview();
keepPlaying();
keepReplayed();
keepNotified();
keepHitsMarked();
listenToKeys();
await Promise.race([came, new Promise(resolve => setTimeout(resolve, SHELL_MS))]);
render(<App />, document.getElementById('app')!);
