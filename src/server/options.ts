import type { IdFormat } from '../adw/id.ts';
import type { Logger } from '../base/log.ts';
import type { LocalLog } from '../event/local-log.ts';
import type { OtlpSettings } from '../otel/settings.ts';
import type { AlarmSettings } from './alarms/config.ts';
import type { JetStreamAccess } from './store/jetstream/options.ts';

/** The alarms of a server, and what of its process they use. */
export interface ServerAlarms {
  readonly settings: AlarmSettings;
  /** The environment of the commands that alarms run. */
  readonly commandEnv: Readonly<Record<string, string | undefined>>;
  /** Rings in the terminal that the server runs in. */
  readonly ring: () => void;
}

/** What `startServer` takes. Defaults are the CLI's business (`src/cli/options.ts`). */
export interface ServerOptions {
  /** Address to listen on; anything but loopback requires a write token. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Where the SQLite log and its artifacts are kept. */
  readonly dataDir: string;
  /** `sqlite`, or one or more `nats://` URLs separated by commas. */
  readonly store: string;
  /** How to reach and name the log where the store is JetStream. */
  readonly jetstream?: JetStreamAccess;
  readonly idFormat: IdFormat;
  /** Token for everything, or for writing only when `readToken` is given as well. */
  readonly token?: string;
  /** Token that may read and not write. */
  readonly readToken?: string;
  /** Host names admitted beside loopback names. */
  readonly allowHosts: readonly string[];
  /** Origins admitted beside the server's own and the reference's board. */
  readonly allowOrigins: readonly string[];
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Days of events to keep; absent keeps all. */
  readonly retainDays?: number;
  /** Bytes of events to keep; absent keeps all. */
  readonly retainBytes?: number;
  /** ms without an event after which a running ADW counts as stalled. */
  readonly stallTimeoutMs: number;
  /** ms of quiet after its last role after which an ADW whose end nothing says counts as over. */
  readonly settleMs: number;
  /** ms between heartbeats. */
  readonly heartbeatMs: number;
  /** Requests a minute and client address. */
  readonly rateLimit: number;
  /** Where people reach the server, without a slash at its end; where it listens when absent. */
  readonly publicUrl?: string;
  /** What to look for in runs, and which actions tell of it. */
  readonly alarms?: ServerAlarms;
  /** The agents directory that the dashboard's empty state names, when `up` watches one. */
  readonly agentsDir?: string;
  /** Runs in that directory whose ids the id format leaves out. */
  readonly otherRuns?: number;
  /** Called when the log is not there any more, or is another one: this server can show nothing more, a new one can. */
  readonly onLogLost?: () => void;
  /** Where traces and metrics of the runs go; absent: nowhere. */
  readonly otlp?: OtlpSettings;
  readonly log: Logger;
}

/** A server that listens. */
export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:8500`. */
  readonly url: string;
  /** Its log, for sidecars in this process; another one once the server has begun anew. */
  localLog(): LocalLog;
  /** Closes subscribers with 1001, finishes what was accepted, closes the store. Resolves within 5 s. */
  close(): Promise<void>;
}
