import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { source } from '../data/source.ts';
import { type Fleet, followFleet, type Run } from '../state/fleet.ts';
import { summary, togglePlaying } from '../state/replay.ts';
import { HOME, TABS, type Tab } from '../state/route.ts';
import { dialog, go, inspecting, prefer, preferences, view } from '../state/store.ts';
import { cycleDensity } from './adw/tab-bar.tsx';
import { copyLink } from './keys.ts';
import { Dialog } from './parts/dialog.tsx';
import { Icon, type IconName } from './parts/icon.tsx';

interface Command {
  readonly icon: IconName;
  readonly group: string;
  readonly text: string;
  run(): void;
}

const SHOWN_MAX = 60;

/** Everything by name: workflows, roles, files, tabs, actions. */
export function Palette() {
  const fleet = useSignal<Fleet | undefined>(undefined);
  const error = useSignal('');
  const typed = useSignal('');
  const at = useSignal(0);
  useEffect(() => (source().exported ? undefined : followFleet({ fleet, error }, false)), []);
  const shown = useComputed(() => {
    const words = typed.value.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...pageCommands(), ...adwCommands([...(fleet.value?.runs.values() ?? [])])];
    return all
      .filter(command => words.every(word => `${command.group} ${command.text}`.toLowerCase().includes(word)))
      .slice(0, SHOWN_MAX);
  });
  const close = () => (dialog.value = '');
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const active = Math.min(at.value, shown.value.length - 1);
  return (
    <Dialog label="Palette" class="palette" bare onClose={close}>
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${active}`}
        aria-label="Go to a workflow, role, file or action"
        placeholder="Go to a workflow, role, file, tab, or do something…"
        value={typed.value}
        // The dialog gives the focus to what asks for it.
        autofocus
        onInput={event => {
          typed.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={event => {
          if (event.isComposing) return;
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step) {
            event.preventDefault();
            at.value = Math.min(Math.max(0, active + step), shown.value.length - 1);
            document.getElementById(`palette-${at.value}`)?.scrollIntoView({ block: 'nearest' });
          } else if (event.key === 'Enter') {
            // The focus goes back to where it was before the key has done its work, and would press what is there.
            event.preventDefault();
            run(shown.value[active]);
          }
        }}
      />
      <Matches commands={shown.value} active={active} run={run} point={i => (at.value = i)} />
    </Dialog>
  );
}

interface MatchesProps {
  readonly commands: readonly Command[];
  /** Which of them Enter runs. */
  readonly active: number;
  readonly run: (command: Command) => void;
  readonly point: (index: number) => void;
}

function Matches({ commands, active, run, point }: MatchesProps) {
  return (
    <div id="palette-list" class="palette-list" role="listbox" aria-label="Matches">
      {commands.map((command, i) => (
        <div
          key={`${command.group}${command.text}`}
          id={`palette-${i}`}
          role="option"
          tabIndex={-1}
          class="palette-item"
          aria-selected={i === active}
          onClick={() => run(command)}
          onMouseMove={() => point(i)}
        >
          <Icon name={command.icon} />
          <span class="ellipsis">{command.text}</span>
          <span class="muted">{command.group}</span>
        </div>
      ))}
      {commands.length === 0 && <p class="muted palette-none">Nothing matches.</p>}
    </div>
  );
}

function pageCommands(): Command[] {
  const adw = summary.value;
  const action = (icon: IconName, text: string, run: () => void): Command => ({ icon, group: 'action', text, run });
  const ofServer = source().exported ? [] : [action('bell', 'Alarms', () => (dialog.value = 'alarms'))];
  if (view.value.adwId === '' || !adw) return ofServer;
  return [
    ...TABS.map((tab: Tab): Command => ({ icon: 'list', group: 'tab', text: tab, run: () => go({ tab }, 'push') })),
    ...adw.roles.map(
      (role): Command => ({
        icon: 'bot',
        group: 'role',
        text: role.role,
        run: () => go({ role: role.role, attempt: undefined, tab: 'timeline', phase: '', scope: '' }),
      }),
    ),
    action('down', 'Follow the newest row', () => go({ follow: true })),
    action('play', 'Replay: play or pause', togglePlaying),
    action('error', 'Show only errors', () => go({ q: 'is:error', tab: 'timeline' })),
    action('clock', 'Show only what is pending', () => go({ q: 'is:pending', tab: 'timeline' })),
    action('sliders', 'Change the density', cycleDensity),
    action('info', 'Open or close the inspector', () => (inspecting.value = !inspecting.peek())),
    action('clock', 'Show or hide the lanes', () => prefer({ lanes: !preferences.peek().lanes })),
    action('link', 'Copy a link', copyLink),
    ...recordActions(adw.adw_id).map(({ text, run }) => action('save', text, run)),
    ...(source().exported ? [] : [...ofServer, action('home', 'All workflows', () => go(HOME, 'push'))]),
    ...adw.files.map(
      (file): Command => ({
        icon: 'file',
        group: 'file',
        text: file.path,
        run: () => go({ q: `file:${/\s/.test(file.path) ? `"${file.path}"` : file.path}`, tab: 'timeline' }),
      }),
    ),
  ];
}

/** A run can be taken along, or says where it was taken from. */
function recordActions(adwId: string): readonly { readonly text: string; run(): void }[] {
  if (source().exported) return [{ text: 'What this file says of itself', run: () => (dialog.value = 'record') }];
  return [{ text: 'Export this run as one page', run: () => location.assign(source().exportUrl(adwId)) }];
}

const adwCommands = (runs: readonly Run[]): Command[] =>
  runs.map(run => ({
    icon: 'flag',
    group: 'workflow',
    text: run.title ? `${run.adw_id} · ${run.title}` : run.adw_id,
    run: () => go({ ...HOME, adwId: run.adw_id }, 'push'),
  }));
