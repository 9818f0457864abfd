import { batch, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { GROUPS, type Group } from '../../../../src/event/types.ts';
import { plural, whole } from '../../base/text.ts';
import { DEFAULT_GROUPS } from '../../run/rows.ts';
import { roles, summary } from '../../state/replay.ts';
import { found, query, queryError } from '../../state/search.ts';
import { dialog, go, view } from '../../state/store.ts';
import { hitsInHiddenKinds, marked, rows, selected, table } from '../../state/timeline.ts';
import { Icon } from '../parts/icon.tsx';
import { dropDeferred } from '../timeline/deferred-actions.ts';
import { selectHit } from '../timeline/moves.ts';

const WORDS: Readonly<Record<Group, string>> = {
  think: 'thinking',
  text: 'text',
  tool: 'tools',
  result: 'milestones',
  hook: 'log & hooks',
  raw: 'raw',
};
/** ms without a key before the URL changes. */
const TYPING_MS = 80;

/** Search and filters: everything here is in the URL. */
export function Footer() {
  return (
    <footer class="footer">
      <SearchBox />
      <HitCount />
      <button
        type="button"
        class="button"
        aria-pressed={view.value.mode === 'filter'}
        title="Filter the rows, or only mark the hits"
        onClick={toggleMode}
      >
        {view.value.mode === 'filter' ? 'filter' : 'highlight'}
      </button>
      <span class="kinds" role="group" aria-label="Kinds of rows">
        {GROUPS.map(group => (
          <KindToggle key={group} group={group} />
        ))}
      </span>
      <span class="selects">
        <Selects />
        <button type="button" class="button help-button not-narrow" onClick={() => (dialog.value = 'help')}>
          <kbd>?</kbd> help
        </button>
      </span>
    </footer>
  );
}

function toggleMode(): void {
  go({ mode: view.peek().mode === 'filter' ? 'highlight' : 'filter' });
}

function SearchBox() {
  /** What is typed and not yet in the URL; at rest undefined, and the box shows the URL's. */
  const typed = useSignal<string | undefined>(undefined);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const text = () => typed.peek() ?? view.peek().q;
  const apply = (q: string) => {
    clearTimeout(timer.current);
    batch(() => {
      typed.value = undefined;
      if (q !== view.peek().q) go({ q });
    });
  };
  return (
    <div class="search-box" role="search">
      <Icon name="search" />
      <input
        id="search"
        class="input"
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="Search: words, /regex/i, tool:Bash role:test* status:error dur:>10s is:pending   /"
        aria-label="Search events"
        aria-invalid={queryError.value !== ''}
        aria-describedby="search-error"
        value={typed.value ?? view.value.q}
        onInput={event => {
          typed.value = event.currentTarget.value;
          // A hit that was asked for before would take the focus away from what is typed.
          dropDeferred();
          clearTimeout(timer.current);
          timer.current = window.setTimeout(apply, TYPING_MS, typed.value);
          // At once: a reader who goes to a tab right after typing has not asked to come back.
          if (view.peek().tab !== 'timeline') go({ tab: 'timeline' });
        }}
        onKeyDown={event => {
          // Enter and Escape are the input method's while it composes.
          if (event.isComposing) return;
          if (event.key === 'Enter') {
            event.preventDefault();
            apply(text());
            selectHit(event.shiftKey ? -1 : 1);
          } else if (event.key === 'Escape') {
            // The box is the innermost thing: nothing beside it closes with the same key.
            event.preventDefault();
            if (text() === '') event.currentTarget.blur();
            else apply('');
          }
        }}
      />
      <span id="search-error" class="search-error" role="alert">
        {queryError.value}
      </span>
    </div>
  );
}

function HitCount() {
  if (view.value.q.trim() === '') return null;
  const hits = marked.value;
  const at = hits.indexOf(selected.value);
  const hidden = hitsInHiddenKinds.value;
  return (
    <span class="hit-count soft" aria-live="polite">
      {at >= 0 ? `${whole(at + 1)}/` : ''}
      {whole(hits.length)}
      {found.value.searching ? '…' : ''}
      {hidden > 0 && (
        <>
          {' · '}
          <button type="button" class="link" onClick={() => go({ kinds: GROUPS })}>
            {whole(hidden)} more in hidden kinds
          </button>
        </>
      )}
    </span>
  );
}

function KindToggle({ group }: { group: Group }) {
  const shown = view.value.kinds ?? DEFAULT_GROUPS;
  const on = shown.includes(group);
  return (
    <button
      type="button"
      class="kind"
      aria-pressed={on}
      onClick={() => {
        const next = GROUPS.filter(other => (other === group ? !on : shown.includes(other)));
        const same = next.length === DEFAULT_GROUPS.length && next.every(other => DEFAULT_GROUPS.includes(other));
        go({ kinds: same ? undefined : next });
      }}
    >
      <span class="box" aria-hidden="true">
        {on && <Icon name="check" />}
      </span>
      {WORDS[group]}
    </button>
  );
}

/** Role, tool and status as lists to choose from; tool and status write tokens into the search. */
function Selects() {
  const adw = summary.value;
  const asked = query.value;
  const tools = adw?.tools.map(row => row.tool) ?? [];
  return (
    <>
      <Select
        label="role"
        value={view.value.role}
        options={roles.value.map(role => role.role)}
        onChange={role => go({ role, attempt: undefined })}
      />
      <Select label="tool" value={tokenOf('tool')} options={tools} onChange={tool => setToken('tool', tool)} />
      <Select
        label="status"
        value={asked.status ?? ''}
        options={['ok', 'error', 'pending']}
        onChange={status => setToken('status', status)}
      />
      <span
        class="row-count muted not-narrow"
        title={`${plural(table.value.length, 'event')} in the log, beside the lines themselves`}
      >
        {plural(rows.value.rows.length, 'row')}
      </span>
    </>
  );
}

function Select(props: {
  label: string;
  value: string;
  options: readonly string[];
  onChange: (value: string) => void;
}) {
  return (
    <select
      class="select"
      aria-label={props.label}
      value={props.value}
      onChange={event => props.onChange(event.currentTarget.value)}
    >
      <option value="">{props.label}: all</option>
      {props.options.map(option => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

const tokenOf = (name: string): string => new RegExp(`(?:^|\\s)${name}:(\\S+)`).exec(view.value.q)?.[1] ?? '';

function setToken(name: string, value: string): void {
  const rest = view
    .peek()
    .q.replace(new RegExp(`(?:^|\\s)${name}:\\S+`), '')
    .trim();
  go({ q: value === '' ? rest : `${name}:${value} ${rest}`.trim(), tab: 'timeline' });
}
