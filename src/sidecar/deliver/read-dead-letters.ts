import { existsSync, renameSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { readOwnFile } from '../../base/own-file.ts';
import { appendWhole } from '../../base/whole-writes.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { Refusal } from './delivery.ts';

const artifactSchema = z
  .object({ path: z.string(), sha256: z.string(), media_type: z.string(), base64: z.base64() })
  .transform(({ path, sha256, media_type, base64 }) => {
    return { path, sha256, mediaType: media_type, bytes: Buffer.from(base64, 'base64') };
  });

const letterSchema = z.object({
  time: z.string(),
  reason: z.string(),
  event: z.unknown(),
  artifact: artifactSchema.optional(),
});

/** A refusal, and the line in which it was kept. */
export interface Letter extends Refusal {
  readonly line: string;
}

/**
 * What was refused, oldest first; lines that are not dead letters are passed over with a warning. Apart from writing
 * them: a watch need not know the schemas of all events.
 * @param path the dead-letter file
 * @throws the system error when it is there and cannot be read
 */
export function readDeadLetters(path: string, log: Logger): Letter[] {
  return linesOf(path).flatMap((line, index) => {
    const refusal = parseLetter(line);
    if (refusal === undefined) log.report('dead_letter_unread', { path, line: index + 1 });
    return refusal === undefined ? [] : { ...refusal, line };
  });
}

/**
 * Puts the dead-letter file aside while its letters are sent: what a watch adds meanwhile goes into a new one. A file that
 * was put aside by a process that is no more comes back first.
 * @returns where it lies until {@link settleLetters} brings it back
 * @throws the system error
 */
export function putLettersAside(path: string): string {
  const aside = `${path}.sending`;
  if (existsSync(aside)) settleLetters(path, new Map());
  if (existsSync(path)) renameSync(path, aside);
  return aside;
}

/**
 * Brings back what was put aside.
 * @param sent what becomes of lines: undefined for those that were taken, or the same letter with another reason. All
 * others stay as they are, also those that cannot be read.
 * @throws the system error; nothing is lost then
 */
export function settleLetters(path: string, sent: ReadonlyMap<string, string | undefined>): void {
  const aside = `${path}.sending`;
  // Read again: a watch may have had it open when it was put aside.
  const kept = linesOf(aside).flatMap(line => (sent.has(line) ? (sent.get(line) ?? []) : line));
  if (kept.length > 0) appendWhole(path, `${kept.join('\n')}\n`);
  rmSync(aside, { force: true });
}

/** Lines of a file that hold something; none where there is no file. */
function linesOf(path: string): string[] {
  try {
    return readOwnFile(path)
      .toString('utf8')
      .split('\n')
      .filter(line => line !== '');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function parseLetter(line: string): Refusal | undefined {
  try {
    const { reason, event, artifact } = letterSchema.parse(JSON.parse(line));
    const parsed = parseEvent(event);
    return parsed.ok ? { event: parsed.event, reason, ...(artifact && { artifact }) } : undefined;
  } catch {
    return undefined;
  }
}
