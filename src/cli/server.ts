import { AdwStreamError } from '../base/errors.ts';
import { type OtlpSettings, otlpSettings } from '../otel/settings.ts';
import type { RunningServer, ServerOptions } from '../server/options.ts';
import type { JetStreamAccess } from '../server/store/jetstream/options.ts';
import { alarmsOf } from './alarms.ts';
import type { Context } from './context.ts';
import { limitsOf } from './judgement-limits.ts';
import type { Settings } from './options.ts';
import type { Terminal } from './output/terminal.ts';

/** The agents directory that is watched in the server's process, and how many of its runs are left out by their ids. */
export interface Watched {
  readonly agentsDir: string;
  readonly otherRuns: number;
}

/** Starts the server that the settings describe, and says on its page what is watched in the same process. */
export async function startFromSettings(context: Context, watched?: Watched): Promise<RunningServer> {
  const options = serverOptions(context, watched);
  const { startRenewing } = await import('../server/renewing.ts');
  return startRenewing(options);
}

function serverOptions(context: Context, watched: Watched | undefined): ServerOptions {
  const { settings, terminal } = context;
  const { token, readToken, tlsCert, tlsKey, retainDays, retainBytes, publicUrl } = settings;
  const alarms = alarmsOf(context);
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new AdwStreamError('invalid_option', '--tls-cert and --tls-key go together: give both or neither.');
  }
  return {
    host: settings.host,
    port: settings.port,
    dataDir: settings.dataDir,
    store: settings.store,
    jetstream: jetstreamAccess(settings),
    idFormat: settings.idFormat,
    ...(token === undefined ? {} : { token }),
    ...(readToken === undefined ? {} : { readToken }),
    allowHosts: settings.allowHost,
    allowOrigins: settings.allowOrigin,
    ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { certFile: tlsCert, keyFile: tlsKey } }),
    ...(retainDays === undefined ? {} : { retainDays }),
    ...(retainBytes === undefined ? {} : { retainBytes }),
    ...limitsOf(settings),
    ...otlpOf(settings, context.io.env),
    heartbeatMs: settings.heartbeat,
    rateLimit: settings.rateLimit,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(alarms === undefined ? {} : { alarms }),
    ...watched,
    log: terminal.log,
  };
}

/** Where traces go: where `--otlp` says, else the variables of OpenTelemetry. @throws AdwStreamError invalid_option */
function otlpOf(
  { otlp: url, otlpContent: content }: Settings,
  env: Context['io']['env'],
): { readonly otlp?: OtlpSettings } {
  const otlp = otlpSettings({ url, content, env });
  return otlp === undefined ? {} : { otlp };
}

/** How the settings say to reach and name the log in JetStream. */
export function jetstreamAccess(settings: Settings): JetStreamAccess {
  const { storeReplicas, storeCreds, storeUser, storePassword, storeToken } = settings;
  const { storeTlsCa, storeTlsCert, storeTlsKey } = settings;
  const tls = {
    ...(storeTlsCa === undefined ? {} : { caFile: storeTlsCa }),
    ...(storeTlsCert === undefined ? {} : { certFile: storeTlsCert }),
    ...(storeTlsKey === undefined ? {} : { keyFile: storeTlsKey }),
  };
  return {
    stream: settings.storeStream,
    ...(storeReplicas === undefined ? {} : { replicas: storeReplicas }),
    ...(storeCreds === undefined ? {} : { credsFile: storeCreds }),
    ...(storeUser === undefined ? {} : { user: storeUser }),
    ...(storePassword === undefined ? {} : { password: storePassword }),
    ...(storeToken === undefined ? {} : { token: storeToken }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/** Says where the server listens: the one line that a person and a script wait for. */
export function printListening(terminal: Terminal, url: string, watching?: string): void {
  const { form, paint } = terminal;
  if (form === 'ndjson') {
    terminal.printJson({ type: 'listening', url, ...(watching ? { watching } : {}) });
    return;
  }
  if (form !== 'pretty') {
    terminal.print(`adw-stream listens on ${url}`);
    if (watching !== undefined) terminal.print(`watching ${watching}`);
    return;
  }
  const row = (label: string, value: string) => `  ${paint('green', '➜')}  ${paint('bold', label.padEnd(10))} ${value}`;
  const rows = [row('Dashboard', paint('cyan', `${url}/`))];
  if (watching !== undefined) rows.push(row('Watching', watching));
  terminal.print(`\n  ${paint('bold', 'adw-stream')}\n\n${rows.join('\n')}\n\n  ${paint('dim', 'Ctrl-C to stop')}\n`);
}
