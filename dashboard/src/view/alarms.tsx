import { useSignal } from '@preact/signals';
import { messageOf } from '../../../src/base/errors.ts';
import {
  type AlarmTested,
  mayNotify,
  notifies,
  notify,
  readAlarms,
  switchNotifications,
  testAlarms,
} from '../state/alarms.ts';
import { dialog } from '../state/store.ts';
import { Status } from './parts/bits.tsx';
import { Dialog } from './parts/dialog.tsx';
import { useAsync } from './parts/use-async.ts';

/** The server's rules and actions, a test of them, and the switch of this browser's notifications. */
export function Alarms() {
  const { value, error } = useAsync(readAlarms, []);
  const tested = useSignal<readonly AlarmTested[] | string | undefined>(undefined);
  const test = async () => {
    if (notifies.value) notify('adw test', { body: 'This is a test: nothing has happened.', tag: 'test' }, () => {});
    tested.value = [];
    tested.value = await testAlarms().catch(messageOf);
  };
  return (
    <Dialog label="Alarms" class="alarms" onClose={() => (dialog.value = '')}>
      {error !== '' && <p role="alert">{error}</p>}
      {value?.rules.length === 0 && (
        <p>No rule looks after the runs: docs/alarms.md says how the config file names some.</p>
      )}
      <ul>
        {value?.rules.map(({ name, when, actions }) => (
          <li key={name}>
            <b>{name}</b> {name === when ? '' : `(${when}) `}
            <span class="soft">→ {actions.join(', ')}</span>
          </li>
        ))}
      </ul>
      {value !== undefined && value.waiting > 0 && <p class="soft">{value.waiting} on their way</p>}
      <div class="alarms-buttons">
        <button type="button" class="button" onClick={() => void test()}>
          Send a test
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={notifies.value}
          disabled={!mayNotify}
          onClick={() => void switchNotifications(!notifies.value)}
        >
          Notify me in this browser
        </button>
      </div>
      {!mayNotify && <p class="soft">Browsers notify of pages that come by https or from this machine alone.</p>}
      <Said tested={tested.value} />
    </Dialog>
  );
}

/** What the actions said to a test. */
function Said({ tested }: { tested: readonly AlarmTested[] | string | undefined }) {
  return (
    <div role="status">
      {typeof tested === 'string' && <p>{tested}</p>}
      {Array.isArray(tested) && (
        <ul>
          {tested.map(({ action, how, said }: AlarmTested) => (
            <li key={action}>
              <Status status={how === 'taken' ? 'ok' : 'error'} /> {action}: {said}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
