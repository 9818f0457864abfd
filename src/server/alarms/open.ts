import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Store } from '../store/store.ts';
import { Alarms, type Runs } from './alarms.ts';
import { type AlarmSettings, BUILT_IN_ACTIONS } from './config.ts';
import { createSenders, type Tested, testActions } from './senders.ts';

/** What {@link openAlarms} takes. */
export interface OpenAlarmsOptions {
  readonly settings: AlarmSettings;
  /** The environment of commands. */
  readonly commandEnv: Readonly<Record<string, string | undefined>>;
  /** Rings in the terminal that the server runs in. */
  readonly ring: () => void;
  readonly store: Pick<Store, 'append' | 'readById' | 'records' | 'tail'>;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The alarms of a server. */
export interface OpenAlarms {
  /**
   * Says where the pages are that links lead to.
   * @returns what checks, raises and sends until its signal aborts; undefined where there are no rules
   */
  begin(pagesUrl: string): ((signal: AbortSignal) => Promise<void>) | undefined;
  /** The answer of `GET /api/v1/alarms`. */
  shown(): unknown;
  /** Sends a test alarm by every action; a second request meanwhile gets the same answer. */
  test(): Promise<readonly Tested[]>;
  /** Breaks off a test that is under way. */
  close(): void;
}

/** Puts rules, actions and the log together. Nothing is done before what `begin` returns is called. */
export function openAlarms(options: OpenAlarmsOptions): OpenAlarms {
  const { settings, commandEnv, clock, ring } = options;
  const senders = createSenders(settings, { clock, env: commandEnv });
  let pages = '';
  const alarms = new Alarms({ ...options, senders, pagesUrl: () => pages });
  const closed = new AbortController();
  const given = Object.entries(settings.actions).map(([name, { type }]) => ({ name, type }));
  const actions = [...given, ...BUILT_IN_ACTIONS.map(name => ({ name, type: name }))];
  const names = actions.map(({ name }) => name);
  let testing: Promise<readonly Tested[]> | undefined;
  return {
    begin(pagesUrl) {
      pages = pagesUrl;
      return settings.rules.length === 0 ? undefined : signal => alarms.work(signal);
    },
    shown: () => ({
      rules: settings.rules.map(rule => ({ name: rule.name, when: rule.when, actions: rule.actions ?? names })),
      actions,
      waiting: alarms.waiting,
    }),
    test() {
      ring();
      const how = { pagesUrl: pages, clock, signal: closed.signal };
      testing ??= testActions(settings, senders, how).finally(() => {
        testing = undefined;
      });
      return testing;
    },
    close: () => closed.abort(),
  };
}
