import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What waits for a socket's end. One listener for all: a client may have many answers under way on one connection. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `done` once, when an answer has ended or its connection is gone. An answer behind another one of its connection
 * (pipelining) has no socket yet, and never says that it closed when the connection does.
 */
export function whenGone(response: ServerResponse, socket: Socket, done: () => void): void {
  const gone = () => {
    if (waitingFor(socket).delete(gone)) done();
  };
  waitingFor(socket).add(gone);
  response.once('close', gone);
  response.once('error', gone);
  if (socket.destroyed) setImmediate(gone);
}

function waitingFor(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const all = new Set<() => void>();
  waiting.set(socket, all);
  socket.once('close', () => {
    for (const gone of all) gone();
  });
  return all;
}
