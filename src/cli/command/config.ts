import { hideUserInfo } from '../../base/user-info.ts';
import type { Context } from '../context.ts';
import {
  environmentNames,
  flagOf,
  OPTION_KEYS,
  OPTION_SPECS,
  type OptionKey,
  SECRET_OPTIONS,
  type Settings,
} from '../options.ts';
import { safeLine } from '../output/escape.ts';
import { type Column, tableLines } from '../output/table.ts';

/** One row of what `config` shows. */
interface Effective {
  readonly key: OptionKey;
  readonly value: unknown;
  readonly origin: string;
}

/** Options whose value is not printed: others may see the screen. */

const COLUMNS: readonly Column<Effective>[] = [
  { title: 'KEY', text: ({ key }) => key, style: () => 'bold', least: 12 },
  { title: 'VALUE', text: ({ value }) => safeLine(shown(value)), least: 10 },
  {
    title: 'FROM',
    text: ({ origin }) => safeLine(origin),
    style: ({ origin }) => (origin === 'default' ? 'dim' : 'cyan'),
    least: 12,
    rank: 1,
  },
  {
    title: 'SET IT WITH',
    text: ({ key }) => [flagOf(key), ...environmentNames(key)].join(', '),
    style: () => 'dim',
    least: 12,
    rank: 2,
  },
];

/** `adw-stream config`: the effective value of every option and where it came from. */
export async function run({ settings, origins, terminal }: Context): Promise<number> {
  const rows = OPTION_KEYS.filter(key => !OPTION_SPECS[key].flagOnly).map(key => {
    const value = SECRET_OPTIONS.has(key) && settings[key] !== undefined ? '********' : plain(settings, key);
    return { key, value: typeof value === 'string' ? hideUserInfo(value) : value, origin: origins[key] };
  });
  if (terminal.form === 'ndjson') {
    for (const row of rows) terminal.printJson({ ...row, value: row.value ?? null });
    return 0;
  }
  if (settings.json) {
    terminal.print(
      JSON.stringify(
        rows.map(row => ({ ...row, value: row.value ?? null })),
        null,
        2,
      ),
    );
    return 0;
  }
  terminal.print(tableLines(rows, COLUMNS, { paint: terminal.paint, width: terminal.width() }).join('\n'));
  return 0;
}

/** Addresses and headers of alarms may open something: only what there is is shown. */
function plain({ alarms, ...settings }: Settings, key: OptionKey): unknown {
  if (key !== 'alarms') return settings[key];
  if (alarms === undefined) return undefined;
  const actions = Object.entries(alarms.actions).map(([name, { type }]) => [name, type]);
  return { rules: alarms.rules.map(({ name }) => name), actions: Object.fromEntries(actions) };
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
