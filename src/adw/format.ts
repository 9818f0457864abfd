import { ownText } from './own-text.ts';

/** How numbers and untrusted text are shown to a person: the terminal and the dashboard share these. */

/** Hours from which minutes tell nothing any more. */
const LONG_HOURS = 100;

/** A duration in ms: `0.2s`, `42s`, `3:12`, `1:02:03`, `7,628 h`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 10_000) return `${(Math.floor(whole / 100) / 10).toFixed(1)}s`;
  const seconds = Math.floor(whole / 1000);
  if (seconds < 60) return `${seconds}s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= LONG_HOURS) return `${grouped(hours)} h`;
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** A duration that may be unknown, `–`, or worked out, `~3:12`. */
export function formatElapsed(ms: number | null, isEstimated: boolean): string {
  return ms === null ? '–' : `${isEstimated ? '~' : ''}${formatDuration(ms)}`;
}

/** US dollars: `$0.00`, `$0.004`, `$1.84`, `$11,231.84`. Amounts below a cent keep their first digit that is not 0: they are not free. */
export function formatCost(usd: number): string {
  return `$${grouped(usd, usd > 0 && usd < 0.01 ? Math.min(9, Math.ceil(-Math.log10(usd))) : 2)}`;
}

const THOUSANDS = /(?<!\.\d*)\B(?=(?:\d{3})+(?:\.|$))/g;

/** `812`, `1,234,567`, or with two digits `11,231.84`. By hand: the first `Intl` formatter takes a browser 40 ms, before its first rows. */
export function grouped(value: number, digits = 0): string {
  return value.toFixed(digits).replace(THOUSANDS, ',');
}

/** What something cost as far as is known: `$1.84`; `~$1.84` where it is at least so much, `–` where no price is known. */
export function formatSpending(cost: { readonly cost_usd: number | null; readonly cost_estimated: boolean }): string {
  if (cost.cost_usd === null) return '–';
  return `${cost.cost_estimated ? '~' : ''}${formatCost(cost.cost_usd)}`;
}

/** A token count: `812`, `41.2k`, `412k`, `1.25M`, `16.3B`; `–` where none is known. */
export function formatTokens(count: number | null): string {
  if (count === null) return '–';
  if (count < 1_000) return String(Math.round(count));
  if (count < 99_950) return `${(count / 1_000).toFixed(1)}k`;
  if (count < 999_500) return `${Math.round(count / 1_000)}k`;
  if (count < 999_995_000) return `${(count / 1_000_000).toFixed(2)}M`;
  return `${(count / 1_000_000_000).toFixed(1)}B`;
}

/** Bytes in binary units: `118 B`, `1.5 KiB`, `2.3 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

// What is one space already stays: to replace each would be most of the work.
const WHITE = /\s{2,}|[^\S ]/;
const WHITE_ALL = new RegExp(WHITE, 'g');

/** `text` on one line: runs of white space become one space, cut to `max` characters with an ellipsis. A string of its own. */
export function oneLine(text: string, max = 200): string {
  const line = cutLine(text, max);
  return line.length < text.length ? ownText(line) : line;
}

/** {@link oneLine} for what is sent or drawn at once: a part of `text` keeps all of it alive. */
export function cutLine(text: string, max = 200): string {
  // Only as much as can end up in the answer is looked at: a tool's input may be megabytes, and most need no joining.
  const head = text.slice(0, max + 1);
  const isLine = !WHITE.test(head) && head.trim().length === head.length;
  const line = isLine
    ? head
    : text
        .slice(0, max * 4)
        .replace(WHITE_ALL, ' ')
        .trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/** `text` of at most `max` characters: a longer one loses its middle, and keeps more of its end, where paths differ. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.floor((max - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (max - 1 - head))}`;
}

// OSC, DCS, SOS, PM and APC strings up to their terminator (or the end of the text: an unterminated one swallows what follows in
// a terminal too), then CSI sequences, then two-byte escapes. C1 forms (U+0080–U+009F) count as their ESC pairs.
const ESCAPE_SEQUENCES =
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$|(?=\u001b))|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g;
// What programs begin a new line at, or go back to its beginning: what stands on its two sides is not one word.
const BREAKS = /\r\n|[\r\u000b\u000c\u0085\u2028\u2029]/g;
// What reorders a text that a person reads (embeddings, overrides, isolates, directional marks), and what stands in it without being
// seen (zero-width spaces, soft hyphens, tags). Joiners stay where emoji and scripts need them: away from ASCII.
const HIDDEN =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\udb40[\udc00-\udc7f]|(?<=[!-~])[\u200c\u200d]|[\u200c\u200d](?=[!-~])/g;
const MAYBE_HIDDEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\udb40]/;
// Any character that one of these looks for: few texts have one, and four passes over each are most of what a row costs.
const ODD =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\udb40]/;

/** `text` with each character that reorders it, or is not seen, as its number: `safe[U+202E]txt.exe`. */
export function visible(text: string): string {
  if (!MAYBE_HIDDEN.test(text)) return text;
  return text.replace(HIDDEN, one => `[U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`);
}

/**
 * `text` without what could move a terminal's cursor or set its title: escape sequences, control characters (tab and newline
 * stay, a carriage return becomes a newline). What would reorder or hide what a person reads is {@link visible}.
 */
export function stripControl(text: string): string {
  if (!ODD.test(text)) return text;
  return visible(text.replace(ESCAPE_SEQUENCES, '').replace(BREAKS, '\n').replace(CONTROLS, ''));
}

// What JSON leaves as it is, and a terminal obeys, a person reads in another order, or a program takes for the end of a line.
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** JSON that says the same, safe on a terminal, and one line to every reader: DEL, C1 controls and bidi marks are escaped. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
