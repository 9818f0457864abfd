import { Fragment } from 'preact';
import { TOKENS } from '../runs/run-list.ts';
import { dialog, prefer, preferences } from '../state/store.ts';
import { KEYS, type KeyRow } from './keys.ts';
import { Dialog } from './parts/dialog.tsx';

const GROUPS: readonly KeyRow['group'][] = ['Move', 'View', 'Find', 'Replay', 'Copy'];
const SIGNS: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ' ': 'Space',
  Backspace: '⌫',
  PageDown: 'PgDn',
  PageUp: 'PgUp',
};

/** Every key, from the same table that handles them. */
export function Help() {
  return (
    <Dialog label="Keyboard" class="help" onClose={() => (dialog.value = '')}>
      <div class="help-columns">
        {GROUPS.map(group => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {KEYS.filter(row => row.group === group).map(row => (
                <div key={row.help} class="help-row">
                  <dt>
                    {shortList(row.keys).map(key => (
                      <kbd key={key}>{SIGNS[key] ?? key}</kbd>
                    ))}
                  </dt>
                  <dd>{row.help}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Anywhere</h3>
          <dl>
            <div class="help-row">
              <dt>
                <kbd>Ctrl</kbd>
                <kbd>K</kbd>
              </dt>
              <dd>palette: workflows, roles, files, actions</dd>
            </div>
            <div class="help-row">
              <dt>
                <kbd>Esc</kbd>
              </dt>
              <dd>close the innermost thing</dd>
            </div>
          </dl>
          <h3>Search</h3>
          <p class="soft">
            <code>words</code> · <code>"a phrase"</code> · <code>/regex/i</code> · <code>kind:tool</code> ·{' '}
            <code>tool:Bash</code> · <code>role:test*</code> · <code>status:error</code> · <code>dur:&gt;10s</code> ·{' '}
            <code>file:src/</code> · <code>is:pending</code> · <code>is:slow</code>. The button beside the box says
            whether rows without a hit are left out (filter) or hits are only marked (highlight).
          </p>
          <h3>List of workflows</h3>
          <p class="soft">
            <code>words</code>
            {TOKENS.map(name => (
              <Fragment key={name}>
                {' '}
                · <code>{name}:</code>
              </Fragment>
            ))}
            , as in <code>phase:"Code Review"</code>. <code>failed:</code> and <code>again:</code> name phases,{' '}
            <code>day:</code> is that of the last event.
          </p>
        </section>
      </div>
      <label class="help-switch">
        <input
          type="checkbox"
          checked={preferences.value.shortcuts}
          onChange={event => prefer({ shortcuts: event.currentTarget.checked })}
        />
        Single-key shortcuts
      </label>
    </Dialog>
  );
}

const shortList = (keys: readonly string[]): readonly string[] =>
  keys.length > 3 ? [keys[0]!, '…', keys.at(-1)!] : keys;
