import { asAmount, asArray, asObject, asText, type JsonObject } from '../../json.ts';

/** The largest time that a `Date` can hold, ms. */
const DATE_MS_MAX = 8.64e15;

/**
 * When a line was written, by what it says, ms since the epoch; undefined where it does not say. The time of a `session`
 * is not read: one that is resumed keeps the time of its first begin.
 */
export function timeOfLine(line: JsonObject): number | undefined {
  const message = asObject(line.message);
  switch (line.type) {
    case 'message_start':
      // An answer names when it was asked for, and begins later.
      return message?.role === 'assistant' ? undefined : endOf(message);
    case 'message_end':
      return endOf(message);
    case 'turn_end':
      return latest([message, ...asArray(line.toolResults)]);
    case 'agent_end':
      return latest(asArray(line.messages));
    default:
      return undefined;
  }
}

/** How long an agent's run took, by the messages that its `agent_end` repeats, ms. */
export function runMs(line: JsonObject): number | undefined {
  const messages = asArray(line.messages);
  const begins = messages.map(message => timeStamp(asObject(message))).filter(ms => ms !== undefined);
  const [begin, end] = [begins.length === 0 ? undefined : Math.min(...begins), latest(messages)];
  return begin === undefined || end === undefined ? undefined : end - begin;
}

function latest(messages: readonly unknown[]): number | undefined {
  const ends = messages.map(message => endOf(asObject(message))).filter(ms => ms !== undefined);
  return ends.length === 0 ? undefined : ends.reduce((a, b) => Math.max(a, b));
}

/** When a message was whole. An answer says when it was asked for and how long it took; older ones do not say the latter. */
function endOf(message: JsonObject | undefined): number | undefined {
  const ms = timeStamp(message);
  if (ms === undefined || message?.role !== 'assistant') return ms;
  const tookMs = asAmount(message.durationMs);
  return tookMs === undefined || ms + tookMs > DATE_MS_MAX ? undefined : Math.round(ms + tookMs);
}

function timeStamp(message: JsonObject | undefined): number | undefined {
  const ms = asAmount(message?.timestamp);
  return ms === undefined || ms > DATE_MS_MAX || asText(message?.role) === undefined ? undefined : Math.round(ms);
}
