import { crc32 } from 'node:zlib';
import { type LineSource, MARK, text } from './lines.ts';
import { normal, type Random, seeded } from './random.ts';

/** Lines of one turn of {@link piLineSource}: frames of an answer, the answer, a call and its result in every second turn. */
const FRAMES = 18;
const TURN = FRAMES + 2;
/** Bytes of an answer at the median, and the deviation of its logarithm. */
const MEDIAN_BYTES = 2_048;
const DEVIATION = 1;
const BYTES_MAX = 100_000;

/** What a frame of an answer has: the answer so far, as Pi wrote it before 1.0, or what is new alone. */
export type Frames = 'whole' | 'news';

/** Starts a session in the shape of Pi's lines, nine tenths of them frames. Every line ends in the mark of `lineSource`. */
export function piLineSource(file: number, frames: Frames): Pick<LineSource, 'next'> {
  const random = seeded(file + 1);
  let sequence = 0;
  let answer = '';
  return {
    next() {
      const at = (sequence - 1) % TURN;
      if (at === 0) answer = text(lengthOf(random), random);
      const body = `{${sequence === 0 ? SESSION : bodyOf({ at, sequence, answer, frames })}`;
      const line = `${body}${MARK}${file}.${sequence}.${crc32(body).toString(16)}"}`;
      sequence += 1;
      return line;
    },
  };
}

const SESSION =
  '"type":"session","version":3,"id":"5e551011","timestamp":"2026-11-28T18:47:58.394Z","cwd":"/home/dev/app"';

function lengthOf(random: Random): number {
  return Math.min(BYTES_MAX, Math.round(MEDIAN_BYTES * Math.exp(DEVIATION * normal(random))));
}

function bodyOf(line: { at: number; sequence: number; answer: string; frames: Frames }): string {
  const { at, sequence, answer, frames } = line;
  const turn = Math.floor(sequence / TURN);
  if (at === FRAMES) return `"type":"message_end","message":${messageOf(answer, sequence, 'stop')}`;
  if (at > FRAMES) {
    const call = `"toolCallId":"call_${turn - (turn % 2)}","toolName":"bash"`;
    return turn % 2 === 0
      ? `"type":"tool_execution_start",${call},"args":{"command":"npm test"}`
      : `"type":"tool_execution_end",${call},"result":{"content":[{"type":"text","text":"24 passed"}]},"isError":false,"durationMs":12`;
  }
  const begin = cutAt(answer, at / FRAMES);
  const end = cutAt(answer, (at + 1) / FRAMES);
  const event = `"assistantMessageEvent":{"type":"text_delta","contentIndex":0,"delta":"${answer.slice(begin, end)}"}`;
  return frames === 'news'
    ? `"type":"message_update","usage":${usageOf(sequence)},${event}`
    : `"type":"message_update","message":${messageOf(answer.slice(0, end), sequence, 'pending')},${event}`;
}

/** A place in a text where no escape is cut in two. */
function cutAt(answer: string, part: number): number {
  if (part >= 1) return answer.length;
  const at = Math.floor(answer.length * part);
  const space = answer.lastIndexOf(' ', at);
  return space < 0 ? 0 : space;
}

function messageOf(said: string, sequence: number, stopReason: string): string {
  return `{"role":"assistant","content":[{"type":"text","text":"${said}"}],"api":"anthropic-messages","provider":"local","model":"claude-sonnet-4-5","usage":${usageOf(sequence)},"stopReason":"${stopReason}","timestamp":${1_795_891_678_000 + sequence},"durationMs":133}`;
}

function usageOf(sequence: number): string {
  return `{"input":${sequence % 9},"output":${sequence % 311},"cacheRead":${20_000 + sequence},"cacheWrite":1010,"totalTokens":1071,"cost":{"input":0.00003,"output":0.000765,"cacheRead":0,"cacheWrite":0.0037875,"total":0.0045825}}`;
}
