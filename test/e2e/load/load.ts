import { once } from 'node:events';
import { freePort } from '../../support/ports.ts';
import { runServe, type ServeCommand } from '../../support/process.ts';
import { randomNumbers } from '../../support/random.ts';
import { LAST_CONTENT, LAST_TYPE, type PublisherKind, publish, type Target } from './publisher.ts';
import { type View, watch } from './subscriber.ts';

/** Times that the server is killed at least, however long that takes. */
const KILLS_MIN = 2;

/** How heavy the load is. */
export interface LoadOptions {
  /** A fresh directory for the log. */
  readonly dataDir: string;
  /** How long the publishers publish. */
  readonly seconds: number;
  readonly publishers: number;
  readonly subscribers: number;
}

/** An event of the log, as far as subscribers ask about it. */
interface Logged {
  readonly seq: number;
  readonly type: string;
  readonly adwId: string;
  readonly eventId: string;
  readonly isLast: boolean;
}

/** What was done, and what every subscriber saw. */
export interface LoadOutcome {
  readonly log: readonly Logged[];
  readonly views: readonly View[];
  /** Ids of the events whose storing was acknowledged, by ADW. */
  readonly acknowledged: ReadonlyMap<string, ReadonlySet<string>>;
  /** Times that the server was killed. */
  readonly kills: number;
  /** ms from the last event's acknowledgement until every subscriber had everything. */
  readonly settledMs: number;
}

/**
 * Publishers and subscribers on a real `adw-stream serve` that is killed with SIGKILL at random moments and started again
 * on its data. Ends when every subscriber has the end of everything that it wants.
 */
export async function runLoad({ dataDir, seconds, publishers, subscribers }: LoadOptions): Promise<LoadOutcome> {
  // One that is given to no other program while the server is down.
  let server = await serve(dataDir, await freePort());
  const target: Target = { url: server.url };
  try {
    const endsAt = Date.now() + seconds * 1_000;
    let kills = 0;
    // On a busy machine a server takes seconds to start: the load goes on until it was killed often enough to tell anything.
    const isOver = () => Date.now() >= endsAt && kills >= KILLS_MIN;
    const adwIds = Array.from({ length: publishers }, (_, index) => `load${String(index).padStart(4, '0')}`);
    const views = Array.from({ length: subscribers }, (_, index) => viewOf(index, adwIds));

    const watching = Promise.all(
      views.map((view, index) =>
        watch(target, view, {
          lastsWanted: view.adwId === '*' ? publishers : 1,
          random: randomNumbers(1 + publishers + index),
        }),
      ),
    );
    const publishing = Promise.all(
      adwIds.map((adwId, index) =>
        publish(target, { adwId, kind: kindOf(index), isOver, random: randomNumbers(1 + index) }),
      ),
    );
    const random = randomNumbers();
    while (!isOver()) {
      await new Promise(resolve => setTimeout(resolve, 700 + random() * 1_800));
      server.child.kill('SIGKILL');
      await once(server.child, 'close');
      server = await serve(dataDir, Number(new URL(target.url).port));
      kills++;
    }
    const ids = await publishing;
    const publishedAt = Date.now();
    await watching;
    const settledMs = Date.now() - publishedAt;
    const log = (await Promise.all(adwIds.map(adwId => readLog(target, adwId)))).flat().sort((a, b) => a.seq - b.seq);
    return {
      log,
      views,
      acknowledged: new Map(adwIds.map((adwId, index) => [adwId, ids[index] as Set<string>])),
      kills,
      settledMs,
    };
  } finally {
    await server.stop('SIGKILL');
  }
}

/** What the log holds for a view: what it asked for, up to the last event of the last ADW that it waits for. */
export function wantedSeqs(log: readonly Logged[], { adwId, types }: View): number[] {
  const ofAdw = log.filter(event => adwId === '*' || event.adwId === adwId);
  const end = ofAdw.findLast(event => event.isLast)?.seq ?? 0;
  return ofAdw.filter(({ seq, type }) => seq <= end && (types?.includes(type) ?? true)).map(({ seq }) => seq);
}

/** What a view holds up to the same end: later events may have come or not. */
export function seenSeqs(log: readonly Logged[], view: View): number[] {
  const end = wantedSeqs(log, view).at(-1) ?? 0;
  return view.seqs.filter(seq => seq <= end);
}

function serve(dataDir: string, port: number): Promise<ServeCommand> {
  // The log says a status when an ADW has been silent; nothing is silent here for that long.
  return runServe(dataDir, { port, args: ['--rate-limit', '1000000'] });
}

function kindOf(index: number): PublisherKind {
  return index % 2 === 0 ? 'units' : 'events';
}

function viewOf(index: number, adwIds: readonly string[]): View {
  const filters = [undefined, [LAST_TYPE], [LAST_TYPE, 'tool_use_pre', 'agent_output_chunk']];
  return {
    transport: index % 3 === 2 ? 'sse' : 'websocket',
    adwId: index % 8 === 0 ? '*' : (adwIds[index % adwIds.length] as string),
    types: filters[index % 5 < 3 ? index % 5 : 0],
    batch: index % 2 === 0,
    seqs: [],
    ended: new Set(),
    connections: 0,
    lost: 0,
  };
}

async function readLog({ url }: Target, adwId: string): Promise<Logged[]> {
  const log: Logged[] = [];
  for (let more = true, after = 0; more; after = log.at(-1)?.seq ?? after) {
    const response = await fetch(`${url}/api/v1/adws/${adwId}/events?limit=1000&after=${after}`);
    const page = (await response.json()) as {
      events: { seq: number; type: string; data: { event_id: string; content?: unknown } }[];
      more: boolean;
    };
    for (const { seq, type, data } of page.events) {
      log.push({ seq, type, adwId, eventId: data.event_id, isLast: data.content === LAST_CONTENT });
    }
    more = page.more;
  }
  return log;
}
