import { batch, computed, effect, signal } from '@preact/signals';
import { Session } from '../data/session.ts';
import { source } from '../data/source.ts';
import { formatHash, parseHash, type View } from './route.ts';

/** A page that holds its data shows what they are of, whatever its URL says. */
function viewOf(hash: string): View {
  const asked = parseHash(hash);
  const { exported } = source();
  return exported ? { ...asked, adwId: exported.manifest.adw_id, compare: [] } : asked;
}

/** What the page shows, as its URL says it. */
export const view = signal<View>(viewOf(location.hash));

/**
 * Changes the view and the URL with it.
 * @param how `push` makes a step that the browser's back button undoes
 */
export function go(patch: Partial<View>, how: 'replace' | 'push' = 'replace'): void {
  const next = { ...view.peek(), ...patch };
  const hash = formatHash(next);
  view.value = next;
  if (hash === location.hash) return;
  if (how === 'push') history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}

/** Follows links and the back button. */
export function listenToHistory(): void {
  const take = () => {
    view.value = viewOf(location.hash);
  };
  addEventListener('hashchange', take);
  addEventListener('popstate', take);
}

/** The ADW that is shown, or undefined on the home list. */
export const session = signal<Session | undefined>(undefined);

const adwId = computed(() => view.value.adwId);

/** Opens and closes sessions as the view changes. */
export function keepSession(): void {
  effect(() => {
    const id = adwId.value;
    const current = session.peek();
    if (current?.adwId === id) return;
    current?.close();
    batch(() => {
      session.value = id === '' ? undefined : new Session(id);
    });
  });
}

/**
 * The wall clock, once a second while the page is visible; everything that counts up hangs on it. In a page that holds its data
 * it stands at the time at which they were taken.
 */
export const now = signal(timeOf(source().exported?.manifest.made_at));

function timeOf(standing: string | undefined): number {
  return standing === undefined ? Date.now() : Date.parse(standing);
}

/** Starts {@link now}. */
export function keepTime(): void {
  if (source().exported) return;
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1000);
}

/** Choices of this reader that are no part of a link. */
export interface Preferences {
  readonly density: (typeof DENSITIES)[number];
  /** Single-key shortcuts (WCAG 2.1.4 asks that they can be switched off). */
  readonly shortcuts: boolean;
  readonly lanes: boolean;
  /** Seconds of idle time that replay skips; 0 skips none. */
  readonly skipIdleSeconds: number;
  readonly speed: number;
  readonly theme: (typeof THEMES)[number];
  /** Widths that the reader gave to panes, px; 0 for the usual ones. */
  readonly rolesPx: number;
  readonly inspectorPx: number;
}

const DEFAULTS: Preferences = {
  density: 'normal',
  shortcuts: true,
  lanes: true,
  skipIdleSeconds: 5,
  speed: 4,
  theme: 'auto',
  rolesPx: 0,
  inspectorPx: 0,
};
const STORED = 'adw-stream.preferences';
const DENSITIES = ['compact', 'normal', 'expanded'] as const;
const THEMES = ['auto', 'light', 'dark'] as const;
/** Choices that are one word of several. */
const WORDS: Readonly<Record<string, readonly string[]>> = { density: DENSITIES, theme: THEMES };

export const preferences = signal<Preferences>(storedPreferences());

/** Changes choices and remembers them in this browser. */
export function prefer(patch: Partial<Preferences>): void {
  preferences.value = { ...preferences.peek(), ...patch };
  try {
    localStorage.setItem(STORED, JSON.stringify(preferences.peek()));
  } catch {
    // A browser without storage forgets; nothing else depends on it.
  }
}

/** What another version of the page stored, or a hand, may be anything: what fits counts. */
function storedPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? '{}') as Readonly<Record<string, unknown>> | null;
    const fits = Object.entries(DEFAULTS).map(([key, value]) => {
      const own = stored?.[key];
      const isFit = WORDS[key]?.includes(own as string) ?? typeof own === typeof value;
      return [key, isFit ? own : value];
    });
    return Object.fromEntries(fits) as Preferences;
  } catch {
    return DEFAULTS;
  }
}

/** Ids of the events that the reader marked. */
export const bookmarks = signal<ReadonlySet<string>>(new Set());
/** Which pane fills the page; empty for all of them. */
export const maximised = signal<'' | 'center' | 'inspector'>('');
/** Whether the drawer with the roles is open, where the page is too narrow for a column. */
export const drawer = signal(false);
/** Whether the inspector is open. */
export const inspecting = signal(true);
/** The dialog on top, if any. */
export const dialog = signal<'' | 'help' | 'palette' | 'alarms' | 'record'>('');

/** One line for assistive technology, and for a moment on the screen. */
export const toast = signal('');
let toastTimer = 0;

/** Says something in passing. */
export function say(message: string): void {
  toast.value = message;
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => {
    toast.value = '';
  }, 2500);
}

/** Copies text, and says so. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}`);
  } catch {
    say('The browser did not allow copying');
  }
}

/** Ids of the runs that are to be compared: two at most. */
export const picked = signal<readonly string[]>([]);

/** Takes a run for a comparison, or lets it go; a third one takes the place of the first. */
export function pick(id: string): void {
  const others = picked.value.filter(one => one !== id);
  picked.value = others.length < picked.value.length ? others : [...others.slice(-1), id];
}
