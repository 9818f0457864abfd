import type { ExitCode } from '../base/errors.ts';
import { OPTION_KEYS, OPTION_SPECS, type OptionKey } from './options.ts';

/** One command as help, parser, completion and documentation see it; `loaders.ts` knows its module. */
export interface CommandSpec {
  readonly name: string;
  /** The positional argument, `<x>` required or `[x]` not. */
  readonly argument?: { readonly name: string; readonly describe: string };
  /** Whether a command may follow after `--`. */
  readonly wraps?: boolean;
  /** It has nothing to do but print: when stdout cannot be written, it has failed. */
  readonly prints?: boolean;
  readonly summary: string;
  readonly description: string;
  readonly options: readonly OptionKey[];
  /** Pairs of a command line and what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

/** What each exit code means, in the words of help and documents. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  done: 'done',
  internal: 'a fault of adw-stream',
  usage: 'wrong usage, such as a bad id or option',
  notFound: 'not found',
  unreachable: 'the server cannot be reached',
  refused: 'refused by the server, or by what an alarm calls',
  conflict: 'taken or not writable: the port, the ADW (by another watcher), the data directory, stdout',
  differs: 'disk and log differ',
  timedOut: 'wait: it is not so yet, and the time given is over',
  notRunnable: 'the command after -- cannot be run',
  noCommand: 'the command after -- is not found',
  hungUp: 'interrupted by a terminal that was closed',
  interrupted: 'interrupted by Ctrl-C',
};

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly OptionKey[] = ['output', 'verbose', 'quiet', 'config'];

const ADW_ID = {
  name: '[adw_id]',
  describe: 'the 8 letters or digits that name an ADW, such as 1a2b3c4d; without it, on a terminal, you may pick one',
};
const SIDECAR: readonly OptionKey[] = ['agentsDir', 'stateDir', 'idFormat', 'redact'];
const TAILING: readonly OptionKey[] = ['poll', 'fsEvents'];
const LOOKING: readonly OptionKey[] = ['server', 'token', ...SIDECAR, 'stallTimeout', 'settle'];
const STORE: readonly OptionKey[] = [
  'store',
  'storeStream',
  'storeReplicas',
  'storeCreds',
  'storeUser',
  'storePassword',
  'storeToken',
  'storeTlsCa',
  'storeTlsCert',
  'storeTlsKey',
];
const SERVER: readonly OptionKey[] = [
  'host',
  'port',
  'dataDir',
  ...STORE,
  'token',
  'readToken',
  'allowHost',
  'allowOrigin',
  'tlsCert',
  'tlsKey',
  'retainDays',
  'retainBytes',
  'otlp',
  'otlpContent',
  'stallTimeout',
  'settle',
  'publicUrl',
  'heartbeat',
  'rateLimit',
];

const CONFIGURABLE = OPTION_KEYS.filter(
  key => !OPTION_SPECS[key].flagOnly && OPTION_SPECS[key].flags !== undefined && !COMMON_OPTIONS.includes(key),
);

/** Every command, in the order help shows them. The first is what `adw-stream <adw_id>` runs. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'watch',
    argument: ADW_ID,
    wraps: true,
    summary: 'stream an ADW to the server while it runs',
    description:
      'Follows everything that an ADW writes below agents/<adw_id>/ and delivers it to the server, each line once and in ' +
      'order, until Ctrl-C. Nothing is written into agents/. With "-- <command>" it runs the workflow itself, streams ' +
      'beside it, and ends with its exit code: 127 where there is no such command, 126 where it cannot be run.',
    options: [
      'server',
      'token',
      ...SIDECAR,
      'all',
      'untilComplete',
      'exitStatus',
      'stallTimeout',
      'settle',
      'lines',
      'timestamps',
      'stages',
      'besideMonitor',
      'takeover',
      ...TAILING,
    ],
    examples: [
      ['adw-stream watch 1a2b3c4d', 'follow one ADW'],
      ['adw-stream 1a2b3c4d', 'the same, shorter'],
      ['adw-stream watch --all', 'follow every ADW there is and will be'],
      ['adw-stream watch 1a2b3c4d -- uv run adws/adw_sdlc.py 42', 'run a workflow and stream beside it'],
    ],
  },
  {
    name: 'serve',
    summary: 'take in events, keep them, hand them to browsers and clients',
    description:
      'Runs the server and its dashboard. It listens on this machine only, unless --host says otherwise; then a token is ' +
      'required. The log is kept in --data-dir.',
    options: [...SERVER, 'idFormat'],
    examples: [
      ['adw-stream serve', 'listen on http://127.0.0.1:8500'],
      ['adw-stream serve --port 0', 'listen on any free port and print it'],
      ['adw-stream serve --host 0.0.0.0 --token "$TOKEN"', 'listen for other machines'],
      ['adw-stream serve --otlp http://localhost:4318', 'send traces of the runs to a collector'],
    ],
  },
  {
    name: 'replay',
    argument: ADW_ID,
    summary: 'push what an ADW has left on disk, once',
    description:
      'Delivers everything on disk in order, waits until all of it is acknowledged, and says what was new. Running it ' +
      'again, or after watch, adds nothing to the log.',
    options: ['server', 'token', ...SIDECAR, 'timeout', 'speed', 'maxGap', 'rejected', 'reason'],
    examples: [
      ['adw-stream replay 1a2b3c4d', 'push everything as fast as the server takes it'],
      ['adw-stream replay 1a2b3c4d --speed 10 --max-gap 2s', 'ten times as fast as it happened'],
      ['adw-stream replay 1a2b3c4d --rejected', 'try again what the server refused'],
    ],
  },
  {
    name: 'up',
    summary: 'server, dashboard and a watcher for every ADW, in one process',
    description: 'Everything on one machine: the server with its dashboard, and a watcher for every ADW below agents/.',
    options: [...SERVER, ...SIDECAR, ...TAILING],
    examples: [
      ['adw-stream up', 'serve, and watch agents/'],
      ['adw-stream up --agents-dir ../project/agents --port 0', 'another project, any free port'],
    ],
  },
  {
    name: 'tail',
    argument: ADW_ID,
    prints: true,
    summary: 'print the events of an ADW, from disk or from a server',
    description:
      'Shows what the agents do, one line for each tool call, text and outcome, and goes on as they do more. It reads the ' +
      'disk and needs no server; with --server it reads from there.',
    options: ['lines', 'since', 'follow', 'role', 'type', 'include', 'exclude', 'timestamps', ...LOOKING, ...TAILING],
    examples: [
      ['adw-stream tail 1a2b3c4d', 'the last 20 lines, and what comes'],
      ['adw-stream tail 1a2b3c4d --no-follow -t', 'everything, with times'],
      ["adw-stream tail 1a2b3c4d --role 'test_*' -i 'npm test'", 'what became of the tests'],
      ['adw-stream tail 1a2b3c4d --type tool_use_post -o ndjson', 'tool calls, for a program'],
    ],
  },
  {
    name: 'list',
    prints: true,
    summary: 'ADWs with status, phase, age, cost and errors',
    description: 'Lists every ADW, the one that was active last first. It reads the disk; with --server it asks there.',
    options: ['json', ...LOOKING],
    examples: [
      ['adw-stream list', 'a table'],
      ['adw-stream list --json', 'everything there is to know, as JSON'],
    ],
  },
  {
    name: 'status',
    argument: ADW_ID,
    prints: true,
    summary: 'one ADW in detail; the exit code tells its state',
    description:
      'Shows phases, roles and totals of one ADW. Exits with 0 when it has completed or still runs, 1 when it failed, 3 when ' +
      'it ended without a result or is silent for longer than --stall-timeout.',
    options: ['json', 'brief', ...LOOKING],
    examples: [
      ['adw-stream status 1a2b3c4d', 'on a page'],
      ['adw-stream status 1a2b3c4d --json', 'as JSON'],
      ['adw-stream status 1a2b3c4d --json --brief', 'below 2 KB'],
    ],
  },
  {
    name: 'wait',
    argument: ADW_ID,
    prints: true,
    summary: 'return when an ADW has ended, waits for something, or reached a phase',
    description:
      'Says nothing until then, and prints a summary as one line of JSON. Exits with 0 when the ADW has completed or what ' +
      '--until names has come, 1 when it failed, 3 when it ended without a result, 124 when --timeout was over first. An ADW ' +
      'that is not there yet is waited for. It reads the disk; with --server it asks there.',
    options: ['until', 'waitTimeout', ...LOOKING, ...TAILING],
    examples: [
      ['adw-stream wait 1a2b3c4d', 'until it has ended'],
      ['adw-stream wait 1a2b3c4d --until waiting --timeout 1h', 'until it waits for a person or a limit'],
      ['adw-stream wait 1a2b3c4d --until phase=test', 'until its tests begin'],
    ],
  },
  {
    name: 'verify',
    argument: ADW_ID,
    prints: true,
    summary: 'compare disk and log, byte range by byte range',
    description:
      'Checks that every complete line on disk is in the log of the server, byte for byte, and says per file what differs ' +
      'first, what was redacted, and what was declared lost.',
    options: ['json', 'server', 'token', 'agentsDir', 'idFormat', 'timeout'],
    examples: [
      ['adw-stream verify 1a2b3c4d', 'a line for each file'],
      ['adw-stream verify 1a2b3c4d --json', 'for a program'],
    ],
  },
  {
    name: 'export',
    argument: ADW_ID,
    prints: true,
    summary: 'write a run as one page, as markdown, or as events',
    description:
      'Writes what there is of a run: a page that holds everything and opens anywhere without a server (--html), a page for a ' +
      'pull request (--markdown), the events (--ndjson), or sends its trace to a collector (--otlp). Without any of them the page goes into adw-<adw_id>.html here. Secrets ' +
      'are redacted, the record is verified, and the page shows its hash and the verdict. Nothing is written in the watched tree.',
    options: ['html', 'markdown', 'ndjson', 'exportFrom', 'images', 'link', 'otlp', 'otlpContent', ...LOOKING],
    examples: [
      ['adw-stream export 1a2b3c4d', 'into adw-1a2b3c4d.html'],
      ['adw-stream export 1a2b3c4d --html run.html --markdown run.md', 'in CI, to attach and to comment'],
      ['adw-stream export 1a2b3c4d --ndjson - --from server', 'every event of the log, one a line'],
      ['adw-stream export 1a2b3c4d --otlp http://localhost:4318', 'send its trace to a collector'],
    ],
  },
  {
    name: 'doctor',
    prints: true,
    summary: 'look for what may stand in the way, and say how to mend it',
    description:
      'Checks Node, the file system, the agents directory, permissions, the port, the server, and NATS where it is the ' +
      'store. Exits with 1 when something will not work as it is.',
    options: ['json', 'agentsDir', 'stateDir', 'dataDir', 'server', 'token', 'host', 'port', ...STORE, 'idFormat'],
    examples: [
      ['adw-stream doctor', 'a line for each check'],
      ['adw-stream doctor --server http://build-host:8500', 'can that server be used?'],
      ['adw-stream doctor --store nats://127.0.0.1:4222', 'could that NATS server keep the log?'],
    ],
  },
  {
    name: 'store',
    argument: { name: '<action>', describe: 'copy' },
    summary: 'copy the log into another store',
    description:
      'Copies events, positions and artifacts from one store into another: from SQLite to JetStream when one machine is no ' +
      'longer enough, or back. No server may use the SQLite one meanwhile. Stopped, it is run again and adds what is missing.',
    options: ['from', 'to', 'dataDir', ...STORE.filter(key => key !== 'store')],
    examples: [
      ['adw-stream store copy --from sqlite --to nats://127.0.0.1:4222', 'move to JetStream'],
      [
        'adw-stream store copy --from nats://127.0.0.1:4222 --to sqlite --data-dir backup',
        'keep a copy in a directory',
      ],
    ],
  },
  {
    name: 'alarm',
    argument: { name: '<action>', describe: 'test' },
    prints: true,
    summary: 'send a test alarm by every action',
    description:
      'Sends one test alarm by every webhook and command of the config file, rings this terminal, and tells what each ' +
      'answered. It needs no server. Exits with 5 when one of them did not take it.',
    options: ['json', 'publicUrl'],
    examples: [
      ['adw-stream alarm test --config adw-stream.config.json', 'a line for each action'],
      ['adw-stream alarm test --json', 'for a program'],
    ],
  },
  {
    name: 'init',
    summary: 'write a config file that says what could stand in it',
    description: 'Writes adw-stream.config.json into the working directory, everything in it commented out.',
    options: [],
    examples: [['adw-stream init', 'then edit it']],
  },
  {
    name: 'config',
    prints: true,
    summary: 'the effective value of every option, and where it came from',
    description: 'Shows what holds after flags, environment, config file and defaults.',
    options: ['json', ...CONFIGURABLE],
    examples: [
      ['adw-stream config', 'a table'],
      ['adw-stream config --port 9000 --json', 'what would hold with that flag'],
    ],
  },
  {
    name: 'completion',
    argument: { name: '<shell>', describe: 'bash, zsh or fish' },
    prints: true,
    summary: 'a script that teaches your shell to complete commands, flags and ids',
    description: 'Prints the script; the line to put into your shell’s start-up file is in its first comment.',
    options: ['agentsDir', 'idFormat'],
    examples: [
      ['eval "$(adw-stream completion bash)"', 'in ~/.bashrc'],
      ['eval "$(adw-stream completion zsh)"', 'in ~/.zshrc, after compinit'],
      ['adw-stream completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
];
