import { get } from 'node:http';
import { WebSocket } from 'ws';
import { LAST_CONTENT, type Target } from './publisher.ts';

/** What one subscriber wants, and everything that it has seen, over however many connections. */
export interface View {
  readonly transport: 'websocket' | 'sse';
  readonly adwId: string;
  readonly types: readonly string[] | undefined;
  readonly batch: boolean;
  readonly seqs: number[];
  /** ADWs whose last event has come. */
  readonly ended: Set<string>;
  /** Connections that were made, and those of them that were lost to a killed server. */
  connections: number;
  lost: number;
}

interface Received {
  readonly type: string;
  readonly seq?: number;
  readonly data?: { readonly adw_id?: string; readonly content?: unknown };
  readonly events?: readonly Received[];
}

/** A connection that is read: `over` resolves when it has ended, whichever side ended it. */
interface Reading {
  readonly over: Promise<void>;
  cut(): void;
}

/**
 * Reads until the last event of every wanted ADW is there. Cuts its own connection at random moments, and comes back
 * after the seq that it has.
 */
export async function watch(
  target: Target,
  view: View,
  { lastsWanted, random }: { lastsWanted: number; random: () => number },
): Promise<void> {
  while (view.ended.size < lastsWanted) {
    let cutting = false;
    const patience = 300 + random() * 3_000;
    const reading =
      view.transport === 'websocket'
        ? readWebSocket(target, view, random() < 0.5 ? '/ws' : '/ws/trigger')
        : readStream(target, view);
    const timer = setTimeout(() => {
      cutting = true;
      reading.cut();
    }, patience);
    await reading.over;
    clearTimeout(timer);
    if (!cutting) {
      view.lost++;
      await new Promise(resolve => setTimeout(resolve, 20 + random() * 200));
    }
  }
}

function take(view: View, message: Received): void {
  for (const { seq, data } of message.events ?? [message]) {
    if (seq === undefined) continue;
    view.seqs.push(seq);
    if (data?.content === LAST_CONTENT) view.ended.add(String(data.adw_id));
  }
}

function readWebSocket({ url }: Target, view: View, path: string): Reading {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`);
  let subscribed = false;
  socket.on('open', () => {
    view.connections++;
    const { adwId: adw_id, types, batch } = view;
    socket.send(JSON.stringify({ type: 'subscribe', adw_id, types, batch, after: view.seqs.at(-1) ?? 0 }));
  });
  socket.on('message', data => {
    const message = JSON.parse(String(data)) as Received;
    // Before the acknowledgement come the events that a fresh connection gets without asking.
    if (message.type === 'subscription_ack') subscribed = true;
    else if (subscribed) take(view, message);
  });
  socket.on('error', () => {});
  return {
    over: new Promise(resolve => socket.on('close', () => resolve())),
    cut: () => {
      socket.removeAllListeners('message');
      socket.terminate();
    },
  };
}

function readStream({ url }: Target, view: View): Reading {
  const query = new URLSearchParams({ adw_id: view.adwId, after: String(view.seqs.at(-1) ?? 0) });
  if (view.types !== undefined) query.set('types', view.types.join(','));
  let cut = false;
  const request = get(`${url}/api/v1/stream?${query}`, { agent: false }, response => {
    view.connections++;
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      if (cut) return;
      const records = (text + chunk).split('\n\n');
      text = records.pop() ?? '';
      for (const record of records) {
        const data = /^id: .*\ndata: (.*)$/.exec(record)?.[1];
        if (data !== undefined) take(view, JSON.parse(data) as Received);
      }
    });
    response.on('error', () => {});
  });
  request.on('error', () => {});
  return {
    over: new Promise(resolve => request.on('close', () => resolve())),
    cut: () => {
      cut = true;
      request.destroy();
    },
  };
}
