/** What values an option takes. `duration` and `bytes` also take a number with a unit: `250ms`, `5m`, `10GiB`. */
export type OptionKind =
  | 'switch'
  | 'text'
  | 'path'
  | 'url'
  | 'choice'
  | 'integer'
  | 'number'
  | 'duration'
  | 'bytes'
  | 'regex'
  | 'list'
  | 'map'
  | 'alarms';

/** One row of the table of options. */
export interface OptionSpec {
  readonly kind: OptionKind;
  /** As typed, for example `-n, --lines <count>`; absent where only the config file can hold it. */
  readonly flags?: string;
  readonly describe: string;
  /** As a person would write it. */
  readonly default?: string | boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** What a bare number means to a `duration`. */
  readonly unit?: 'ms' | 's';
  /** Only given on the command line: it makes no sense to keep it. */
  readonly flagOnly?: boolean;
  /** Of a path: `-` stays as it is, and stands for stdout. */
  readonly isStdoutToo?: boolean;
  /** What the default is when it is worked out and not fixed. */
  readonly defaultNote?: string;
}
