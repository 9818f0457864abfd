import { crc32 } from 'node:zlib';
import { normal, type Random, seeded } from './random.ts';

/** Bytes of a line at the median, and the deviation of its logarithm: the 99th percentile is then 30 times the median. */
const MEDIAN_BYTES = 1_024;
const DEVIATION = Math.log(30) / 2.326;
/** One line in this many is a large one, as a read of a long file is. */
const LARGE_EVERY = 40_000;
const LARGE_BYTES = 1_000_000;
const BYTES_MAX = 400_000;

/** What stands before the mark at the end of each line: file, sequence in the file, checksum of all bytes before. */
export const MARK = ',"uuid":"bench.';

/** Lines of one session in the shape of Claude Code's stream-json. */
export interface LineSource {
  /** The next line, without a newline. @param fields JSON members put into the line, each followed by a comma */
  next(fields?: string): string;
  /** A line in which the agent says some words, to be searched for. @param words plain text, without quotes or escapes */
  say(words: string): string;
}

/**
 * Starts a session. Every line ends in a mark that {@link checkLine} verifies, so that a program which loses, repeats,
 * reorders or changes a line is found out.
 */
export function lineSource(file: number): LineSource {
  const random = seeded(file + 1);
  const session = `5e551011-0000-4000-8000-${String(file).padStart(12, '0')}`;
  let sequence = 0;
  const marked = (said: string) => {
    const body = `{${said},"session_id":"${session}"`;
    const line = `${body}${MARK}${file}.${sequence}.${crc32(body).toString(16)}"}`;
    sequence += 1;
    return line;
  };
  return {
    next(fields = '') {
      const bytes = sequence > 0 && (sequence + file * 7_919) % LARGE_EVERY === 0 ? LARGE_BYTES : lengthOf(random);
      return marked(`${fields}${bodyOf({ sequence, session, bytes, random })}`);
    },
    say: words => marked(assistant({ sequence, session }, `{"type":"text","text":"${words}"}`)),
  };
}

function lengthOf(random: Random): number {
  return Math.min(BYTES_MAX, Math.round(MEDIAN_BYTES * Math.exp(DEVIATION * normal(random))));
}

function bodyOf(line: { sequence: number; session: string; bytes: number; random: Random }): string {
  const { sequence, bytes, random } = line;
  if (sequence === 0) {
    return '"type":"system","subtype":"init","cwd":"/home/dev/app","tools":["Bash","Read","Edit"],"mcp_servers":[],"model":"claude-sonnet-4-5","permissionMode":"default"';
  }
  // The agent says something, uses a tool and gets its result, uses another and gets its result.
  const step = sequence % 5;
  if (step === 0) return assistant(line, `{"type":"text","text":"${text(bytes - 420, random)}"}`);
  if (step % 2 === 1) return assistant(line, toolUse(line));
  return `"type":"user","message":{"role":"user","content":[{"tool_use_id":"${toolId(line)}","type":"tool_result","content":"${text(bytes - 240, random)}"}]},"parent_tool_use_id":null`;
}

/** A use and the result after it have the same id. */
function toolId({ sequence, session }: { sequence: number; session: string }): string {
  return `toolu_${session.slice(-6)}_${sequence - (sequence % 5 > 2 ? (sequence % 5) - 3 : (sequence % 5) - 1)}`;
}

function toolUse(line: { sequence: number; session: string; bytes: number; random: Random }): string {
  const { sequence, bytes, random } = line;
  const [name, input] =
    sequence % 5 === 1
      ? ['Bash', `{"command":"npm test","description":"${text(bytes - 560, random)}"}`]
      : [
          'Edit',
          `{"file_path":"/home/dev/app/src/file-${sequence % 97}.ts","old_string":"a","new_string":"${text(bytes - 560, random)}"}`,
        ];
  return `{"type":"tool_use","id":"${toolId(line)}","name":"${name}","input":${input}}`;
}

function assistant({ sequence, session }: { sequence: number; session: string }, content: string): string {
  const usage = `{"input_tokens":${sequence % 9},"cache_creation_input_tokens":${sequence % 977},"cache_read_input_tokens":${20_000 + sequence},"output_tokens":${sequence % 311},"service_tier":"standard"}`;
  return `"type":"assistant","message":{"id":"msg_${session.slice(-6)}_${sequence}","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[${content}],"stop_reason":null,"stop_sequence":null,"usage":${usage}},"parent_tool_use_id":null`;
}

/** What agents read and write, escaped as in a JSON string: prose, code, paths, output of tests. */
const PIECES = [
  'The failing test expects the list to be sorted by date, newest first. ',
  "import { readFile } from 'node:fs/promises';\\n",
  'export function total(items: readonly Item[]): number {\\n  return items.reduce((sum, { price }) => sum + price, 0);\\n}\\n',
  '     41\\t  const [open, setOpen] = useState(false);\\n     42\\t\\n     43\\t  return (\\n',
  '\\u001b[32m✓\\u001b[39m src/cart.test.ts (14 tests) 212ms\\n',
  'diff --git a/src/app.ts b/src/app.ts\\nindex 83db48f..bf2a9c1 100644\\n--- a/src/app.ts\\n+++ b/src/app.ts\\n',
  '{\\"name\\":\\"checkout\\",\\"version\\":\\"2.4.1\\",\\"private\\":true}\\n',
  'I will look at how the existing routes handle errors before I change this one.\\n\\n',
  '/home/dev/app/src/components/cart/line-item.tsx\\n/home/dev/app/src/components/cart/summary.tsx\\n',
  '  <div className=\\"row\\" key={item.id}>\\n    <span>{item.name}</span>\\n  </div>\\n',
  'Größe, naïve, 東京, emoji 🚀 and so on.\\n',
  'npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.\\n',
];
const POOL_UNITS = 4_096;
const pool: string[] = [];
for (const random = seeded(0); pool.length < POOL_UNITS; ) {
  pool.push(PIECES[Math.floor(random() * PIECES.length)] as string);
}

/** About `length` characters of escaped text. */
export function text(length: number, random: Random): string {
  let made = '';
  for (let at = Math.floor(random() * POOL_UNITS); made.length < length; at++) made += pool[at % POOL_UNITS];
  return made;
}
