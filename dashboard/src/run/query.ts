/** The search box's language: words, `/regex/i` and tokens such as `tool:Bash role:test* dur:>10s is:pending`. Pure. */

/** A parsed query. */
export interface Query {
  /** What full text has to hold; empty for none. The server searches it. */
  readonly words: string;
  /** A regular expression over the events' text, instead of words. */
  readonly regex: RegExp | undefined;
  readonly kind: string | undefined;
  readonly tool: RegExp | undefined;
  readonly role: RegExp | undefined;
  readonly file: string | undefined;
  readonly status: string | undefined;
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
  readonly is: string | undefined;
  /** Why the query is not understood; the previous result stays. */
  readonly error: string | undefined;
}

const EMPTY: Query = {
  words: '',
  regex: undefined,
  kind: undefined,
  tool: undefined,
  role: undefined,
  file: undefined,
  status: undefined,
  minMs: undefined,
  maxMs: undefined,
  is: undefined,
  error: undefined,
};

/** What stands before the colon of a token. */
const TOKEN_NAMES = 'kind|tool|role|file|status|dur|is';
const TOKEN = new RegExp(`^(${TOKEN_NAMES}):(.+)$`);
const IN_TOKEN = new RegExp(`(?:^|\\s)(?:${TOKEN_NAMES}):\\S+$`);

const IS = ['pending', 'error', 'slow', 'subagent'];

/** Parses what a person typed. Total: what is wrong is said in `error`. */
export function parseQuery(text: string): Query {
  const trimmed = text.trim();
  const draft: { -readonly [Key in keyof Query]: Query[Key] } = { ...EMPTY };
  // Only what can be its flags ends an expression: `/usr/bin` is a path.
  const rest = trimmed.replace(
    /(^|\s)\/((?:[^/\\]|\\.)+)\/([dgimsuvy]*)(?=\s|$)/,
    (_all, lead: string, source: string, flags: string) => {
      draft.regex = regexOf(source, flags, message => {
        draft.error = message;
      });
      return lead;
    },
  );
  if (!draft.regex && !draft.error && /(^|\s)\/[^/\s]+$/.test(rest))
    draft.error = 'The regular expression has no closing /';
  const words: string[] = [];
  for (const part of rest.match(/(?:"[^"]*"|\S)+/g) ?? []) {
    const [, name, value] = TOKEN.exec(part) ?? [];
    if (name && value) applyToken(draft, name, value.replaceAll('"', ''));
    else words.push(part.replaceAll('"', ''));
  }
  draft.words = words.join(' ').trim();
  return draft;
}

/** Whether the last of a query's words may be the beginning of one: nothing stands behind it, no space and no quote. Pure. */
export function isBeingTyped(text: string): boolean {
  return /[^\s"]$/.test(text) && !IN_TOKEN.test(text);
}

function applyToken(draft: { -readonly [Key in keyof Query]: Query[Key] }, name: string, value: string): void {
  if (name === 'tool') draft.tool = glob(value);
  else if (name === 'role') draft.role = glob(value);
  else if (name === 'kind') draft.kind = value.toLowerCase();
  else if (name === 'file') draft.file = value;
  else if (name === 'status') draft.status = value.toLowerCase();
  else if (name === 'is') {
    if (IS.includes(value)) draft.is = value;
    else draft.error = `is:${value} is not known; there are ${IS.map(word => `is:${word}`).join(', ')}`;
  } else {
    const match = /^([<>])=?(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(value);
    if (!match) {
      draft.error = `dur:${value} is not understood; write dur:>10s or dur:<500ms`;
      return;
    }
    const ms = Number(match[2]) * { ms: 1, s: 1000, m: 60_000 }[(match[3] ?? 's') as 'ms' | 's' | 'm'];
    if (match[1] === '>') draft.minMs = ms;
    else draft.maxMs = ms;
  }
}

/** `test*` → a case-insensitive anchored expression. */
function glob(pattern: string): RegExp {
  const source = pattern
    .split('*')
    .map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 'i');
}

function regexOf(source: string, flags: string, fail: (message: string) => void): RegExp | undefined {
  try {
    return new RegExp(source, flags.replaceAll(/[gy]/g, ''));
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
