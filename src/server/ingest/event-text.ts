/** The beginning of an event as JSON.stringify writes `{type, data}`, up to the brace that opens `data`. */
const HEAD = /^\{"type":"([a-z_]{1,64})","data":(?=\{)/;
/** Levels of a value that is kept as written. JSON.parse takes any depth; JSON.stringify fails at it. */
const LEVELS_MAX = 200;

/** A text, and its bytes in UTF-8. */
export interface Written {
  readonly text: string;
  readonly bytes: number;
}

/**
 * An event that came as text, with the text of its `data`: it is stored and sent as it was written. To serialize it anew
 * took half of the time in which it was admitted.
 */
export class EventText {
  readonly type: string;
  readonly data: unknown;
  /** Whether it can be kept as written. */
  readonly #isPlain: boolean;
  readonly #text: string;
  readonly #bytes: number;

  private constructor(type: string, data: unknown, { text, bytes }: Written) {
    this.type = type;
    this.data = data;
    this.#isPlain = isPlain(data, LEVELS_MAX);
    this.#text = text;
    this.#bytes = bytes;
  }

  /**
   * The event of a line, or undefined where the line is written in another way, or is no JSON.
   * @param lineBytes bytes of the line in UTF-8, which the caller knows, having decoded it: to count them again takes long
   */
  static of(line: string, lineBytes: number): EventText | undefined {
    const head = HEAD.exec(line);
    if (head === null || !line.endsWith('}}')) return undefined;
    const text = line.slice(head[0].length, -1);
    // White space of JSON, but the end of a line of an event stream: as written it would tear its frame.
    if (text.includes('\r')) return undefined;
    try {
      // Parsed alone: so it is certain that the text is that of `data`, and that nothing stands behind it.
      const bytes = lineBytes - head[0].length - 1;
      return new EventText(head[1] as string, JSON.parse(text), { text, bytes });
    } catch {
      return undefined;
    }
  }

  /**
   * `data` with more fields at its end, or undefined where it has to be written anew.
   * @param missing the fields as JSON in ASCII, with a comma before each; empty for none
   */
  with(missing: string): Written | undefined {
    if (!this.#isPlain) return undefined;
    const text = missing === '' ? this.#text : `${this.#text.slice(0, -1)}${missing}}`;
    return { text, bytes: this.#bytes + missing.length };
  }
}

/** Whether a value goes at most `levels` deep and names no prototype. */
function isPlain(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every(inner => isPlain(inner, levels - 1));
  for (const key in value) {
    if (key === '__proto__' || !isPlain((value as Record<string, unknown>)[key], levels - 1)) return false;
  }
  return true;
}
