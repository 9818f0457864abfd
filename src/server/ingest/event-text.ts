/** The beginning of an event as JSON.stringify writes `{type, data}`, up to the brace that opens `data`. */
const HEAD = /^\{"type":"([a-z_]{1,64})","data":(?=\{)/;
/** Levels of a value that is kept as written. JSON.parse takes any depth; who serializes such a value again fails at it. */
const LEVELS_MAX = 200;

/**
 * An event that came as text, with the text of its `data`: it is stored and sent as it was written. To serialize it anew
 * took half of the time in which it was admitted.
 */
export class EventText {
  readonly type: string;
  readonly data: unknown;
  readonly #text: string;

  private constructor(type: string, data: unknown, text: string) {
    this.type = type;
    this.data = data;
    this.#text = text;
  }

  /** The event of a line, or undefined where the line is written in another way, or is no JSON. */
  static of(line: string): EventText | undefined {
    const head = HEAD.exec(line);
    if (head === null || !line.endsWith('}}')) return undefined;
    const text = line.slice(head[0].length, -1);
    try {
      // Parsed alone: so it is certain that the text is that of `data`, and that nothing stands behind it.
      return new EventText(head[1] as string, JSON.parse(text), text);
    } catch {
      return undefined;
    }
  }

  /** The text of `data` with `missing` at its end, or undefined where it has to be written anew. */
  with(missing: Readonly<Record<string, string | undefined>>): string | undefined {
    if (!isPlain(this.data, LEVELS_MAX)) return undefined;
    let more = '';
    for (const [key, value] of Object.entries(missing)) {
      if (value !== undefined) more += `,${JSON.stringify(key)}:${JSON.stringify(value)}`;
    }
    return more === '' ? this.#text : `${this.#text.slice(0, -1)}${more}}`;
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
