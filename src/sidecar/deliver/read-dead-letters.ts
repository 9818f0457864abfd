import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { systemCode } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { parseEvent } from '../../event/schema.ts';
import type { Refusal } from './delivery.ts';

const letterSchema = z.object({ time: z.string(), reason: z.string(), event: z.unknown() });

/**
 * What was refused, oldest first; lines that are not dead letters are passed over with a warning. Apart from writing
 * them: a watch need not know the schemas of all events.
 * @param path the dead-letter file
 * @throws the system error when it is there and cannot be read
 */
export function readDeadLetters(path: string, log: Logger): Refusal[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    const refusal = parseLetter(line);
    if (refusal === undefined) log.warn(`${path}:${index + 1} is not a dead letter; passed over.`);
    return refusal ?? [];
  });
}

function parseLetter(line: string): Refusal | undefined {
  try {
    const letter = letterSchema.parse(JSON.parse(line));
    const parsed = parseEvent(letter.event);
    return parsed.ok ? { event: parsed.event, reason: letter.reason } : undefined;
  } catch {
    return undefined;
  }
}
