import type { NewEvent } from '../../event/schema.ts';
import { connect } from '../deliver/connect.ts';
import type { Delivery, Refusal } from '../deliver/delivery.ts';
import { type Letter, putLettersAside, readDeadLetters, settleLetters } from '../deliver/read-dead-letters.ts';
import type { SidecarOptions } from '../options.ts';
import { moveFormerState } from '../tail/former-state.ts';
import { makeStateDir, stateFile } from '../tail/state-dir.ts';

/** What {@link replayRejected} takes. */
export type RejectedOptions = Pick<
  SidecarOptions,
  'adwId' | 'server' | 'token' | 'stateDir' | 'formerStateDir' | 'timeoutMs' | 'signal' | 'log'
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
 * lost its place in the log (a stub stands there), so it travels without its position. Whatever happens meanwhile, what was
 * not taken stays in the file.
 * @throws AdwStreamError server_unreachable, wrong_server, unauthorized, state_dir_unwritable, state_dir_unsafe
 */
export async function replayRejected(options: RejectedOptions): Promise<RejectedSummary> {
  const { adwId, stateDir, formerStateDir, log, reason = '', token } = options;
  makeStateDir(stateDir);
  if (formerStateDir !== undefined) moveFormerState({ adwId, formerStateDir, stateDir, log });
  const path = stateFile(stateDir, adwId, 'rejected.ndjson');
  const sent = new Map<string, string | undefined>();
  try {
    const letters = readDeadLetters(putLettersAside(path), log);
    const chosen = letters.filter(letter => letter.reason.includes(reason));
    if (chosen.length === 0) return { sent: 0, delivered: 0, kept: letters.length };
    const connection = await connect({ ...options, token, stages: false, besideMonitor: false });
    try {
      for (const letter of chosen) sent.set(letter.line, await send(letter, connection.delivery, adwId));
    } finally {
      connection.close();
    }
    const delivered = [...sent.values()].filter(kept => kept === undefined).length;
    return { sent: sent.size, delivered, kept: letters.length - delivered };
  } finally {
    settleLetters(path, sent);
  }
}

/** Sends one letter. @returns undefined when the server has it now, else the line to keep, with the reason why not */
async function send({ event, line, artifact }: Letter, delivery: Delivery, adwId: string): Promise<string | undefined> {
  const found = { events: [withoutPosition(event)], artifacts: artifact ? [artifact] : [] };
  const refused: Refusal[] = [];
  const mismatch = await delivery.send([{ kind: 'events', adwId, found }], (_items, outcome) => {
    refused.push(...outcome.refused);
  });
  if (mismatch !== undefined) return line;
  const [refusal] = refused;
  return refusal && JSON.stringify({ ...JSON.parse(line), reason: refusal.reason });
}

function withoutPosition(event: NewEvent): NewEvent {
  const { source } = event.data;
  if (event.type !== 'agent_output_chunk' || source === undefined) return event;
  return { type: event.type, data: { ...event.data, source: { path: source.path } } };
}
