import type { RawData, WebSocket } from 'ws';
import { isoTime, steadyClock } from '../../base/clock.ts';
import { AdwStreamError, messageOf, systemCode } from '../../base/errors.ts';
import { API_VERSION, VERSION } from '../../base/version.ts';
import { CLOSE } from '../../event/close-code.ts';
import { errorMessage, fault } from './client-fault.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Hub } from './hub.ts';
import { MessageRate } from './message-rate.ts';
import type { Peer } from './peer.ts';
import { answer, type Protocol } from './protocol.ts';

/** What the messages of a WebSocket meet. */
export interface ReceiveOptions {
  readonly protocol: Protocol;
  readonly heartbeat: Heartbeat;
}

/**
 * Greets a WebSocket, begins what it gets without asking, and answers what it sends. Nothing is read from a client that
 * does not take its answers, or whose messages wait to be ingested: what it costs is bounded in both directions.
 */
export function receive(socket: WebSocket, peer: Peer, { protocol, heartbeat }: ReceiveOptions): void {
  const { hub } = protocol;
  const { limits, traffic } = hub;
  const rate = new MessageRate(steadyClock, { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst });
  const hold = holder(socket);
  let ingesting = 0;

  const take = (data: RawData, isBinary: boolean): void => {
    const ingest = isBinary ? refuseBinary(peer, hub) : answer(data.toString(), peer, protocol);
    if (ingest === undefined) return;
    const done = ingest.finally(() => ingesting--);
    if (++ingesting >= limits.ingestingMax) hold(done);
  };

  socket.on('message', (data, isBinary) => {
    if (peer.isClosing) return;
    peer.touch();
    const verdict = rate.take();
    if (verdict !== 'take') {
      traffic.rateLimited++;
      hub.refusals.note('flood of messages', peer.origin.remoteAddress);
    }
    if (verdict === 'close') return peer.close(CLOSE.policy, 'too many messages');
    if (verdict === 'refuse') peer.send(errorMessage(tooMany(limits.messagesPerSecond), hub));
    if (verdict === 'take') take(data, isBinary);
    if (!peer.writer.fits(0)) hold(peer.writer.room(0));
  });
  socket.on('ping', () => {
    peer.touch();
    if (!peer.writer.fits(0)) hold(peer.writer.room(0));
  });
  socket.on('pong', () => {
    peer.touch();
    heartbeat.pong(peer);
  });
  socket.on('error', error => {
    if (systemCode(error)?.startsWith('WS_ERR_')) hub.refusals.note('malformed', peer.origin.remoteAddress);
    hub.log.report('websocket_failed', { error: messageOf(error), connection: peer.id });
  });
  socket.on('close', () => peer.gone());

  greet(peer, hub);
  peer.subscriptions.begin();
}

function greet(peer: Peer, { live }: Hub): void {
  peer.send({
    type: 'connection_ack',
    data: {
      connection_id: peer.id,
      connected_at: isoTime(peer.connectedAt),
      message: 'Connected to adw-stream',
      adw_stream: { api: API_VERSION, epoch: live.epoch, version: VERSION },
    },
  });
}

function refuseBinary(peer: Peer, hub: Hub): undefined {
  peer.send(errorMessage(fault('binary_frame', 'Messages are text frames of JSON'), hub));
  return undefined;
}

function tooMany(perSecond: number): AdwStreamError {
  return new AdwStreamError('rate_limited', `Too many messages: at most ${perSecond} a second`);
}

/** Stops reading a socket until every promise it was given has settled. */
function holder(socket: WebSocket): (until: Promise<unknown>) => void {
  let holds = 0;
  return until => {
    if (holds++ === 0) socket.pause();
    void until.finally(() => {
      if (--holds === 0) socket.resume();
    });
  };
}
