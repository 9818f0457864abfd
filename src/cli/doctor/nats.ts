import { connect } from 'node:net';
import { AdwStreamError, messageOf, systemCode } from '../../base/errors.ts';
import type { JetStreamAccess, NatsOptions } from '../../server/store/jetstream/options.ts';
import type { LogProbe } from '../../server/store/jetstream/probe.ts';
import { type ParsedServers, parseServers } from '../../server/store/jetstream/servers.ts';
import { natsServersOf, needingNats } from '../../server/store/open.ts';
import { type Finding, finding } from './check.ts';
import { PATIENCE_MS } from './network.ts';

/** A greeting is one line, and its longest part are the addresses of a cluster. */
const GREETING_CHARACTERS_MAX = 65_536;

/** What is read of the line that a nats-server begins with. */
interface Greeting {
  readonly version?: string;
  readonly auth_required?: boolean;
  readonly tls_required?: boolean;
}

/**
 * Whether each server of `--store nats://…` answers, lets us in, has JetStream, and could keep the log. Tries each once
 * as `serve` would, and changes nothing. Nothing for SQLite, and for that the NATS client is not even loaded.
 */
export async function checkNats(store: string, access: JetStreamAccess): Promise<Finding[]> {
  try {
    const servers = natsServersOf(store);
    const parsed = parseServers(servers);
    const checks = parsed.places.map(place => checkPlace(place, { ...access, servers }, parsed));
    return (await Promise.all(checks)).flat();
  } catch (error) {
    if (!(error instanceof AdwStreamError)) throw error;
    return [finding('store').problem(error.message, error.hint)];
  }
}

async function checkPlace(
  place: string,
  options: NatsOptions,
  { user, token, encrypted }: ParsedServers,
): Promise<Finding[]> {
  const nats = finding('NATS');
  const greeting = await greetingOf(place).catch((error: unknown) => systemCode(error) ?? messageOf(error));
  if (typeof greeting === 'string') {
    return [
      nats.problem(`${place} cannot be reached (${greeting})`, 'Start it with: nats-server -js, or correct --store.'),
    ];
  }
  const { probeNats } = await needingNats(import('../../server/store/jetstream/probe.ts'));
  const probe = await probeNats({ ...options, place, timeoutMs: PATIENCE_MS });
  const server = `${place} is nats-server ${greeting.version ?? 'of an unknown version'}`;
  if (probe.outcome === 'refused') {
    const names = [options.credsFile, options.user, options.token, user, token];
    const what = names.some(name => name !== undefined) ? 'refuses the credentials' : 'wants credentials';
    const remedy = 'Give --store-creds, --store-user and ADW_STREAM_STORE_PASSWORD, or ADW_STREAM_STORE_TOKEN.';
    return [nats.problem(`${server}, and ${what} (${probe.why})`, remedy)];
  }
  if (probe.outcome === 'failed') {
    const remedy =
      encrypted || greeting.tls_required
        ? 'Compare tls:// or nats:// and --store-tls-ca, --store-tls-cert, --store-tls-key with what it wants.'
        : 'See the log of the nats-server.';
    return [nats.problem(`${server}, but cannot be used (${probe.why})`, remedy)];
  }
  const welcome = greeting.auth_required ? 'accepts the credentials' : 'asks for no credentials';
  return [nats.ok(`${server}, ${welcome}`), jetStreamFinding(probe, options)];
}

function jetStreamFinding(probe: LogProbe, { stream = '', replicas }: NatsOptions): Finding {
  const jetStream = finding('JetStream');
  switch (probe.outcome) {
    case 'disabled':
      return jetStream.problem(`is off (${probe.why})`, 'Start the server with -js, or enable it for the account.');
    case 'forbidden':
      return jetStream.problem(
        `may not be used (${probe.why})`,
        'docs/scaling.md, “Three machines”, lists what the user has to be permitted.',
      );
    case 'unavailable':
      return jetStream.problem(
        `does not answer (${probe.why})`,
        'See the log of the nats-server; a cluster needs more than half of its servers.',
      );
    case 'unfit':
      return jetStream.problem(`is on, but: ${probe.why}`, 'docs/scaling.md says what a log in JetStream needs.');
    case 'fit': {
      const copies = probe.replicas ?? replicas ?? 1;
      const log = `the log "${stream}" ${probe.replicas === undefined ? 'will be made' : 'is there'}`;
      const limit =
        probe.replicatesFrom === undefined ? '' : `; replicas would need nats-server ${probe.replicatesFrom}`;
      return jetStream.ok(`is on, ${log}, ${copies === 1 ? 'one copy' : `${copies} copies`}${limit}`);
    }
  }
}

/**
 * The line that a nats-server sends to each connection. Read here, because the client does not let go of a server that
 * stays silent: the process would not end. @throws when there is none in time
 */
function greetingOf(place: string): Promise<Greeting> {
  const { hostname, port } = new URL(`nats://${place}`);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port), signal });
    let text = '';
    const isNone = (): void => {
      socket.destroy();
      reject(new Error('something else than NATS answers'));
    };
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const [line, rest] = text.split('\r\n', 2);
      if (rest === undefined && text.length <= GREETING_CHARACTERS_MAX) return;
      try {
        const [, json = ''] = /^INFO (\{.*\})\s*$/.exec(line ?? '') ?? [];
        resolve(JSON.parse(json) as Greeting);
        socket.destroy();
      } catch {
        isNone();
      }
    });
    socket.once('end', isNone);
    socket.once('error', error => reject(signal.aborted ? new Error('it says nothing') : error));
  });
}
