import { TAIL_BYTES_MAX } from '../../src/event/limits.ts';

/** What was written to one file between two beginnings of it. */
export interface Generation {
  readonly name: string;
  /** Which host's file it is. */
  readonly host: number;
  readonly lines: string[];
  /** Bytes after the last newline. */
  partial: Buffer;
  /** The rest of a line whose first piece is `partial`. */
  rest: Buffer;
  /** It was destroyed before everything of it was known to be in the log. */
  mayBeCut: boolean;
  /** Its last piece may count as a line: no writer will ever finish it. */
  isFinal: boolean;
  /** What it was made of in place, all but some lines in its middle, and nothing says yet that the sidecar noticed. */
  twin: Generation | undefined;
  /**
   * The twin that it was when it grew. A sidecar that only sees the file after that sees growth: its first line is the same, and so
   * are the 4 KiB before what the log has. What it then adds to the log's lines of the twin must be this one's all the same.
   */
  takenFor: Generation | undefined;
}

/** A generation as the log has it. */
interface Logged {
  readonly path: string;
  readonly attempt: number;
  /** Without those that no file ever held. */
  readonly lines: string[];
  /** Lines behind `lines` that a client made up. */
  madeUp: number;
  lostBytes: number;
}

/** What of an event the model goes by. */
export interface LogEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: {
    readonly content?: string;
    readonly lines?: number;
    readonly attempt?: number;
    readonly lost_bytes?: number;
    readonly continues?: boolean;
    readonly source?: { readonly path: string; readonly fingerprint?: string };
  };
}

/** Begins a line that moves a position and that no file holds. */
export const MADE_UP = '{"type":"made_up"';

/**
 * Every generation that must be whole is, none is there twice, none out of order, no loss is declared that was none.
 * @param options.isDisturbed whether positions were moved, or another host had files of the same names: then what the log
 * holds under one name may be there under another one once more, whole
 * @returns what is wrong
 */
export function compare(
  generations: readonly Generation[],
  events: readonly LogEvent[],
  { isDisturbed }: { isDisturbed: boolean },
): string[] {
  const wrong: string[] = [];
  const logged = groupByGeneration(events, wrong);
  const have = new Map<Generation, number>();
  const told = new Map<Generation, Logged>();
  for (const group of logged) {
    const { path, attempt, lines } = group;
    const owners = generations.filter(generation => isPrefix(lines, generation));
    if (owners.length === 0) {
      wrong.push(`in the log but not on disk: ${path} #${attempt} ${JSON.stringify(lines.map(shortened))}`);
    }
    const owner = owners.find(({ name }) => name === nameOf(lines));
    if (owner && told.has(owner) && !isDisturbed) wrong.push(`generation ${owner.name} is in the log twice`);
    if (owner) told.set(owner, group);
    for (const generation of generations) {
      const count = commonLines(lines, generation);
      if (count > (have.get(generation) ?? 0)) have.set(generation, count);
    }
  }
  let lost = 0;
  for (const generation of generations) {
    const { name, lines, mayBeCut, partial } = generation;
    const count = have.get(generation) ?? 0;
    if (count < lines.length && !mayBeCut) wrong.push(`generation ${name}: ${count} of ${lines.length} lines`);
    // A first line that several share is in the log for one of them.
    lost += bytesOf(lines.slice(told.get(generation)?.lines.length ?? 0)) + partial.length;
  }
  const declared = logged.reduce((sum, { lostBytes }) => sum + lostBytes, 0);
  if (declared > lost) wrong.push(`${declared} bytes declared lost, but ${lost} are`);
  return wrong;
}

function groupByGeneration(events: readonly LogEvent[], wrong: string[]): Logged[] {
  const groups = new Map<string, Logged>();
  for (const { type, data } of events) {
    const { path = '', fingerprint } = data.source ?? {};
    const key = `${path}\0${fingerprint}`;
    const group = groups.get(key) ?? { path, attempt: data.attempt ?? 0, lines: [], madeUp: 0, lostBytes: 0 };
    groups.set(key, group);
    if (type === 'attempt_started') group.lostBytes += data.lost_bytes ?? 0;
    else if (data.content?.startsWith(MADE_UP)) group.madeUp += 1;
    else if ((data.lines ?? 0) > 0) {
      if (group.madeUp > 0) wrong.push(`${path} #${group.attempt}: lines of a file follow those that a client made up`);
      group.lines.push(...(data.content ?? '').split('\n'));
    }
  }
  return [...groups.values()];
}

/** All that the log may hold of a generation. */
function wholeOf({ isFinal, partial, lines }: Generation): readonly string[] {
  return isFinal && partial.length > 0 ? [...lines, partial.toString('utf8')] : lines;
}

function isPrefix(lines: readonly string[], generation: Generation): boolean {
  const whole = wholeOf(generation);
  const { takenFor } = generation;
  return lines.length <= whole.length && lines.every((line, n) => line === whole[n] || line === takenFor?.lines[n]);
}

/** How many lines of the generation stand at the beginning of `lines`, one after the other. */
function commonLines(lines: readonly string[], { lines: own, takenFor }: Generation): number {
  const end = own.findIndex(
    (line, n) => line !== lines[n] && (lines[n] === undefined || takenFor?.lines[n] !== lines[n]),
  );
  return end < 0 ? own.length : end;
}

/** The generation that wrote the last line, where that says so: a first line may be that of several. */
function nameOf(lines: readonly string[]): string | undefined {
  return lines.at(-1)?.match(/"g":"([^"]+)"/)?.[1];
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}

function shortened(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

/** Other lines of the same length, but for the first and those that lie in the last 4 KiB; the second differs in any case. */
export function twinOf(lines: readonly string[], name: string): string[] {
  const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  let end = 0;
  return lines.map((line, n) => {
    end += Buffer.byteLength(line) + 1;
    if (n === 0 || (n > 1 && end > size - TAIL_BYTES_MAX)) return line;
    const twin = line.replace(/"g":"[^"]*"/, found => `"g":"${name.padEnd(found.length - 6, '_')}"`);
    return Buffer.byteLength(twin) === Buffer.byteLength(line) ? twin : line;
  });
}

interface ServedPosition {
  readonly path: string;
  readonly fingerprint: string;
  readonly attempt: number;
  readonly next: number;
  readonly lines: number;
}

/**
 * Where the log stands in the newest file of a path; undefined where it has none before long.
 * @param url where positions are asked for
 * @param isComing whether a sidecar is about to deliver the file
 */
export async function newestPosition(
  url: string,
  { path, isComing }: { path: string; isComing: boolean },
): Promise<ServedPosition | undefined> {
  for (let attempt = 0; attempt < (isComing ? 100 : 1); attempt++) {
    const { files = [] } = (await (await fetch(url)).json()) as { files?: ServedPosition[] };
    const [newest] = files.filter(one => one.path === path).sort((a, b) => b.attempt - a.attempt);
    if (newest !== undefined) return newest;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return undefined;
}
