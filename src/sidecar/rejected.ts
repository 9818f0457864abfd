import { existsSync, rmSync } from 'node:fs';
import type { NewEvent } from '../event/schema.ts';
import { connect } from './deliver/connect.ts';
import { DeadLetters } from './deliver/dead-letters.ts';
import { readDeadLetters } from './deliver/read-dead-letters.ts';
import type { SidecarOptions } from './options.ts';
import { stateFile } from './state-dir.ts';

/** What {@link replayRejected} takes. */
export type RejectedOptions = Pick<
  SidecarOptions,
  'adwId' | 'server' | 'token' | 'stateDir' | 'timeoutMs' | 'signal' | 'log'
> & {
  /** Only what was refused for a reason that holds this text. */
  readonly reason?: string;
};

/** What became of the dead letters. */
export interface RejectedSummary {
  /** Events that were sent again. */
  readonly sent: number;
  /** Events that the server took, or had already. */
  readonly delivered: number;
  /** Events still in the dead-letter file. */
  readonly kept: number;
}

/**
 * Sends refused events again, oldest first; those that the server takes leave the dead-letter file. A refused chunk has
 * lost its place in the log (a stub stands there), so it travels without its position.
 * @throws AdwStreamError server_unreachable, unauthorized
 */
export async function replayRejected(options: RejectedOptions): Promise<RejectedSummary> {
  const { adwId, stateDir, log, reason = '', token } = options;
  const letters = new DeadLetters(stateFile(stateDir, adwId, 'rejected.ndjson'), { log });
  const all = readDeadLetters(letters.path, log);
  const chosen = all.filter(letter => letter.reason.includes(reason));
  if (chosen.length === 0) return { sent: 0, delivered: 0, kept: all.length };
  const connection = await connect({ ...options, token });
  try {
    const refused = new Map<NewEvent, string>();
    for (const { event } of chosen) {
      const found = { events: [withoutPosition(event)], artifacts: [] };
      const outcome = await connection.delivery.send([{ kind: 'events', adwId, found }]);
      if (outcome.kind === 'interrupted') throw outcome.error;
      if (outcome.kind === 'acknowledged' && outcome.refused.length === 0) continue;
      refused.set(event, outcome.kind === 'acknowledged' ? (outcome.refused[0]?.reason ?? '') : 'position mismatch');
    }
    const kept = all
      .filter(letter => !chosen.includes(letter) || refused.has(letter.event))
      .map(({ event, reason: before }) => ({ event, reason: refused.get(event) ?? before }));
    if (existsSync(letters.path)) rmSync(letters.path);
    letters.add(kept);
    return { sent: chosen.length, delivered: chosen.length - refused.size, kept: kept.length };
  } finally {
    connection.close();
  }
}

function withoutPosition(event: NewEvent): NewEvent {
  const { source } = event.data;
  if (event.type !== 'agent_output_chunk' || source === undefined) return event;
  return { type: event.type, data: { ...event.data, source: { path: source.path } } };
}
