import type { AlarmsConfig } from '../server/alarms/config.ts';
import { EXPORT_OPTIONS } from './export-options.ts';
import type { OptionSpec } from './option-spec.ts';

/**
 * Every option, once: flags, environment names, config file keys, help and `docs/configuration.md` are all made from
 * this table, of which commands with many of their own keep theirs beside it; `schema.ts` makes the zod schema that checks values from
 * it. Plain data, so that `--help` need not load zod.
 */

const OPTIONS = {
  server: {
    kind: 'url',
    flags: '--server <url>',
    default: 'http://localhost:8500',
    describe: 'base URL of the server',
  },
  token: { kind: 'text', flags: '--token <token>', describe: 'token for the server (write, or everything)' },
  readToken: { kind: 'text', flags: '--read-token <token>', describe: 'token that may read but not write' },
  agentsDir: {
    kind: 'path',
    flags: '--agents-dir <dir>',
    defaultNote: 'agents/ and adws/adw_data/sessions/ here or in the nearest parent that has one',
    describe: 'the directory that holds <adw_id>/, in either layout, or a project that has one',
  },
  stateDir: {
    kind: 'path',
    flags: '--state-dir <dir>',
    defaultNote: 'one for each repository below $XDG_STATE_HOME/adw-stream',
    describe: 'where checkpoints, journals and locks are kept',
  },
  dataDir: {
    kind: 'path',
    flags: '--data-dir <dir>',
    default: '.adw-stream',
    describe: 'where the server keeps its log',
  },
  idFormat: {
    kind: 'choice',
    flags: '--id-format <format>',
    choices: ['strict', 'any'],
    default: 'strict',
    describe: 'strict: 8 letters or digits; any: also UUIDs and ticket keys',
  },
  host: { kind: 'text', flags: '--host <address>', default: '127.0.0.1', describe: 'address to listen on' },
  port: {
    kind: 'integer',
    flags: '-p, --port <port>',
    min: 0,
    max: 65_535,
    default: '8500',
    describe: 'port to listen on, 0 for any free one',
  },
  store: {
    kind: 'text',
    flags: '--store <store>',
    default: 'sqlite',
    describe: 'sqlite, or nats:// URLs separated by commas',
  },
  from: { kind: 'text', flags: '--from <store>', flagOnly: true, describe: 'store to copy: sqlite, or nats:// URLs' },
  to: { kind: 'text', flags: '--to <store>', flagOnly: true, describe: 'store to copy into: sqlite, or nats:// URLs' },
  storeStream: {
    kind: 'text',
    flags: '--store-stream <name>',
    default: 'adw',
    describe: 'with nats://: name of the stream, one for each log',
  },
  storeReplicas: {
    kind: 'integer',
    flags: '--store-replicas <count>',
    min: 1,
    max: 5,
    defaultNote: '1 for a new stream',
    describe: 'with nats://: how many servers keep a copy',
  },
  storeCreds: { kind: 'path', flags: '--store-creds <file>', describe: 'with nats://: credentials file' },
  storeUser: { kind: 'text', flags: '--store-user <name>', describe: 'with nats://: user; with --store-password' },
  storePassword: { kind: 'text', flags: '--store-password <password>', describe: 'with nats://: password of the user' },
  storeToken: { kind: 'text', flags: '--store-token <token>', describe: 'with nats://: token' },
  storeTlsCa: { kind: 'path', flags: '--store-tls-ca <file>', describe: 'with tls://: authority of the servers, PEM' },
  storeTlsCert: { kind: 'path', flags: '--store-tls-cert <file>', describe: 'with tls://: own certificate, PEM' },
  storeTlsKey: { kind: 'path', flags: '--store-tls-key <file>', describe: 'with tls://: key of that certificate, PEM' },
  allowHost: { kind: 'list', flags: '--allow-host <name>', describe: 'host name admitted beside localhost' },
  allowOrigin: {
    kind: 'list',
    flags: '--allow-origin <url>',
    describe: "origin admitted beside the server's own and the reference's board",
  },
  tlsCert: { kind: 'path', flags: '--tls-cert <file>', describe: 'certificate chain, PEM; with --tls-key' },
  tlsKey: { kind: 'path', flags: '--tls-key <file>', describe: 'private key, PEM; with --tls-cert' },
  retainDays: {
    kind: 'number',
    flags: '--retain-days <days>',
    min: 0,
    defaultNote: 'keeps all',
    describe: 'days of events to keep',
  },
  retainBytes: {
    kind: 'bytes',
    flags: '--retain-bytes <size>',
    min: 0,
    defaultNote: 'keeps all',
    describe: 'size of the log to keep, such as 10GiB',
  },
  otlp: {
    kind: 'url',
    flags: '--otlp <url>',
    defaultNote: '$OTEL_EXPORTER_OTLP_ENDPOINT',
    describe: 'OpenTelemetry collector for traces of the runs',
  },
  otlpContent: {
    kind: 'switch',
    flags: '--otlp-content',
    default: false,
    describe: 'with --otlp: prompts and outputs, too',
  },
  stallTimeout: {
    kind: 'duration',
    flags: '--stall-timeout <time>',
    unit: 's',
    default: '5m',
    describe: 'silence after which what runs counts as stalled',
  },
  settle: {
    kind: 'duration',
    flags: '--settle <time>',
    unit: 's',
    default: '5m',
    describe: 'quiet after the last role after which an ADW is over, where nothing says its end',
  },
  publicUrl: {
    kind: 'url',
    flags: '--public-url <url>',
    defaultNote: 'the address that it listens on',
    describe: 'where people reach the server: links in alarms begin with it',
  },
  heartbeat: {
    kind: 'duration',
    flags: '--heartbeat <time>',
    unit: 's',
    default: '30s',
    min: 1,
    max: 86_400_000,
    describe: 'time between heartbeats to readers',
  },
  rateLimit: {
    kind: 'integer',
    flags: '--rate-limit <count>',
    min: 1,
    default: '600000',
    describe: 'requests a minute that one client address may make',
  },
  timeout: {
    kind: 'duration',
    flags: '--timeout <time>',
    unit: 's',
    default: '30s',
    describe: 'how long to try to reach the server',
  },
  until: {
    kind: 'list',
    flags: '--until <what>',
    flagOnly: true,
    defaultNote: 'ended',
    describe: 'ended, waiting, or phase=<phase>; the end always counts',
  },
  waitTimeout: {
    kind: 'duration',
    flags: '--timeout <time>',
    unit: 's',
    flagOnly: true,
    defaultNote: 'for ever',
    describe: 'how long to wait for it',
  },
  untilComplete: {
    kind: 'switch',
    flags: '--until-complete',
    default: false,
    describe: 'return when the ADW has ended',
  },
  takeover: {
    kind: 'switch',
    flags: '--takeover',
    default: false,
    flagOnly: true,
    describe: 'take the lock from another watcher of this ADW',
  },
  stages: {
    kind: 'switch',
    flags: '--no-stages',
    default: true,
    describe: 'leave the cards of a reference server’s board where they are',
  },
  besideMonitor: {
    kind: 'switch',
    flags: '--beside-monitor',
    default: false,
    describe: 'leave out what a reference server’s own monitor sends',
  },
  redact: { kind: 'switch', flags: '--no-redact', default: true, describe: 'send secrets as they are' },
  speed: {
    kind: 'number',
    flags: '--speed <factor>',
    min: 0.001,
    defaultNote: 'as fast as the server takes it',
    describe: 'replay at the original pace, this many times as fast',
  },
  maxGap: {
    kind: 'duration',
    flags: '--max-gap <time>',
    unit: 's',
    defaultNote: 'keeps every pause',
    describe: 'with --speed: the longest pause kept',
  },
  poll: {
    kind: 'duration',
    flags: '--poll <time>',
    unit: 'ms',
    min: 10,
    max: 3_600_000,
    default: '200ms',
    describe: 'time between polls of active files; a second or more where events tell of them',
  },
  fsEvents: {
    kind: 'switch',
    flags: '--no-fs-events',
    default: true,
    describe: 'only poll, never use file system events',
  },
  rejected: {
    kind: 'switch',
    flags: '--rejected',
    default: false,
    flagOnly: true,
    describe: 'send again what the server refused',
  },
  reason: {
    kind: 'text',
    flags: '--reason <text>',
    flagOnly: true,
    describe: 'with --rejected: only what was refused for a reason that holds this text',
  },
  all: {
    kind: 'switch',
    flags: '--all',
    default: false,
    flagOnly: true,
    describe: 'every ADW in the agents directory, present and future',
  },
  lines: {
    kind: 'integer',
    flags: '-n, --lines <count>',
    min: 0,
    flagOnly: true,
    defaultNote: '20; all with --no-follow, and in a pipe after watch',
    describe: 'how many lines of what has been to begin with',
  },
  since: {
    kind: 'duration',
    flags: '--since <time>',
    unit: 's',
    flagOnly: true,
    defaultNote: 'the beginning',
    describe: 'leave out what is older than this',
  },
  follow: {
    kind: 'switch',
    flags: '--no-follow',
    default: true,
    flagOnly: true,
    describe: 'print what there is and return',
  },
  role: { kind: 'list', flags: '--role <name>', flagOnly: true, describe: 'only this role; * stands for anything' },
  type: { kind: 'list', flags: '--type <type>', flagOnly: true, describe: 'only this type of event' },
  include: { kind: 'regex', flags: '-i, --include <regex>', flagOnly: true, describe: 'only lines that match' },
  exclude: { kind: 'regex', flags: '-e, --exclude <regex>', flagOnly: true, describe: 'leave out lines that match' },
  json: { kind: 'switch', flags: '--json', default: false, flagOnly: true, describe: 'print JSON' },
  brief: { kind: 'switch', flags: '--brief', default: false, flagOnly: true, describe: 'with --json: below 2 KB' },
  timestamps: {
    kind: 'switch',
    flags: '-t, --timestamps',
    default: false,
    describe: 'begin each line with its time; ~ where it is worked out from file times',
  },
  exitStatus: {
    kind: 'switch',
    flags: '--exit-status',
    default: false,
    describe:
      'exit with 0 completed, 1 failed, 3 ended without a result or stalled; with --until-complete a stalled one is left',
  },
  ...EXPORT_OPTIONS,
  output: {
    kind: 'choice',
    flags: '-o, --output <form>',
    choices: ['pretty', 'plain', 'ndjson', 'minimal'],
    defaultNote: 'pretty on a terminal, minimal below a coding agent, else plain',
    describe: 'form of what is printed',
  },
  verbose: { kind: 'switch', flags: '-v, --verbose', default: false, describe: 'say more, with causes of errors' },
  quiet: { kind: 'switch', flags: '-q, --quiet', default: false, describe: 'say only what went wrong' },
  config: {
    kind: 'path',
    flags: '--config <file>',
    flagOnly: true,
    defaultNote: 'adw-stream.config.json here or in the nearest parent',
    describe: 'config file to use',
  },
  phaseMap: {
    kind: 'map',
    describe: 'role prefix to phase (plan, build, test, review, document, ship); wins over the built-in prefixes',
  },
  redactPatterns: { kind: 'map', describe: 'name to regular expression of further secrets to redact' },
  alarms: { kind: 'alarms', describe: 'what to look for in runs, and which actions tell of it' },
} as const satisfies Record<string, OptionSpec>;

/** The config file's key of an option. */
export type OptionKey = keyof typeof OPTIONS;

/** The rows of {@link OPTIONS} under the wide type. */
export const OPTION_SPECS: Readonly<Record<OptionKey, OptionSpec>> = OPTIONS;
export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

type ValueOf<Spec extends OptionSpec> = Spec['choices'] extends readonly (infer Choice)[]
  ? Choice
  : {
      switch: boolean;
      text: string;
      path: string;
      url: string;
      choice: string;
      integer: number;
      number: number;
      duration: number;
      bytes: number;
      regex: RegExp;
      list: readonly string[];
      map: Readonly<Record<string, string>>;
      alarms: AlarmsConfig;
    }[Spec['kind']];

type Settled<Spec extends OptionSpec> = Spec extends { default: string | boolean } | { kind: 'list' | 'map' }
  ? ValueOf<Spec>
  : ValueOf<Spec> | undefined;

/** The value of every option, after precedence. Durations are ms, sizes bytes, paths absolute. */
export type Settings = { readonly [Key in OptionKey]: Settled<(typeof OPTIONS)[Key]> };

/** Options whose values open something: never shown, and not handed to a wrapped command. */
export const SECRET_OPTIONS: ReadonlySet<OptionKey> = new Set(['token', 'readToken', 'storePassword', 'storeToken']);

/** The long flag, for example `--agents-dir`, or the config key where there is none. */
export function flagOf(key: OptionKey): string {
  return OPTION_SPECS[key].flags?.match(/--[a-z-]+/)?.[0] ?? key;
}

/** The short flag, for example `-n`; undefined where there is none. */
export function shortFlagOf(key: OptionKey): string | undefined {
  return OPTION_SPECS[key].flags?.match(/^-[a-z](?=, )/)?.[0];
}

/** The environment variables that give an option, first one wins. Empty for what only flags or the config file give. */
export function environmentNames(key: OptionKey): readonly string[] {
  const spec = OPTION_SPECS[key];
  if (spec.flagOnly || spec.flags === undefined) return [];
  const own = `ADW_STREAM_${key.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`;
  return key === 'server' ? [own, 'WEBSOCKET_URL', 'WEBSOCKET_PORT'] : [own];
}

/** The option's text from one environment variable, or undefined where that variable says nothing about it. */
export function environmentValue(name: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  // Some workflows keep a ws:// URL in this variable: that one is not meant for us.
  if (name === 'WEBSOCKET_URL') return /^https?:\/\//i.test(value) ? value : undefined;
  return name === 'WEBSOCKET_PORT' ? `http://localhost:${value}` : value;
}
