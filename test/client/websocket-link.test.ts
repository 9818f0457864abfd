import { expect, test, vi } from 'vitest';
import { openWebSocket, type WebSocketEvent } from '../../src/client/websocket-link.ts';

/** A connection that is being made, until it is told that it is open. */
class Connecting {
  static last: Connecting;
  readyState = 0;
  readonly closed: number[] = [];
  readonly #listeners = new Map<string, (event: WebSocketEvent) => void>();
  constructor() {
    Connecting.last = this;
  }
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.set(type, listener);
  }
  send(): void {}
  close(code = 0): void {
    this.closed.push(code);
  }
  open(): void {
    this.readyState = 1;
    this.#listeners.get('open')?.({});
  }
}

function left(): { socket: Connecting; said: string[] } {
  const said: string[] = [];
  const listener = {
    opened: () => said.push('opened'),
    message: () => said.push('message'),
    closed: () => said.push('closed'),
  };
  openWebSocket({ base: 'http://h', token: undefined }, Connecting, listener as never).close();
  return { socket: Connecting.last, said };
}

test('a page that is left while it connects closes the connection when it is there: browsers complain of it before', () => {
  // Node has no page to be left, and what a browser says of it differs: what is held here is when the socket is closed. In Chromium the
  // dashboard's tests hold that nothing reaches its console as an error.
  vi.stubGlobal('document', {});
  try {
    const { socket, said } = left();
    expect(socket.closed).toEqual([]);
    socket.open();
    expect([socket.closed, said]).toEqual([[1000], []]);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('a program lets go of it at once, and waits for nothing', () => {
  expect(left().socket.closed).toEqual([1000]);
});
