/** One kind of secret. */
export interface RedactionRule {
  /** What `[redacted:<kind>]` and the counts call it. */
  readonly kind: string;
  /** What is looked for first; every match has one of them. Rules that share a list stand together and search once. */
  readonly hints: readonly Hint[];
  /**
   * Global. Group 1 stays, group 2 is the secret. A secret holds no quote and no backslash (but for whole
   * escapes in private keys) and begins inside of a string, so that replacing it leaves JSON text valid.
   */
  readonly pattern: RegExp;
  /** Whether the match is a secret after all; absent: it always is. */
  readonly accept?: (match: SecretMatch) => boolean;
}

/**
 * A text, an expression of fixed length (as `redact-anchors.ts` reads it), or any expression with the anchors one of which
 * stands wherever it matches. What is found by anchors costs nothing; they are to be rare where there are no secrets.
 */
export type Hint = string | RegExp | { readonly pattern: RegExp; readonly anchors: readonly string[] };

/** What a rule decides about. */
export interface SecretMatch {
  /** Up to 64 characters before the match. */
  readonly head: string;
  readonly before: string;
  readonly secret: string;
  /** The character after the match; empty at the end. */
  readonly next: string;
}

/** The escape sequence of a terminal's colour, as it is and as JSON writes it. */
export const COLOUR = String.raw`(?:\\+u001[bB]|\x1b)\[[0-9;]{0,16}[mK]`;

/**
 * Where a token may begin: not inside a word, nor at the letter of a JSON escape (`\r`), but right after an escape
 * (`\n`, `\u0020`) or a colour, which end in a letter or digit without being part of the word.
 */
const START = String.raw`(?:(?<![A-Za-z0-9\\])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=${COLOUR}))`;

/** A token by its prefix. The prefix comes before what precedes it: so the search skips from prefix to prefix. */
export const token = (kind: string, hints: RedactionRule['hints'], prefix: string, rest: string): RedactionRule => ({
  kind,
  hints,
  pattern: new RegExp(`()(${prefix}(?<=${START}${prefix})${rest})`, 'g'),
});

/** Characters of a value that is not quoted. */
export const BARE = String.raw`[^\s"'\\\`,;&|(){}<>$[\]\x1b]`;

/** How names such as api_key, token, secret, password end. */
const NAME_END = '(?:[iI_sStTeE-][kK][eE][yY]|[oO][kK][eE][nN]|[cC][rR][eE][tT]|[rRwW][dD])';

/** The end of such a name with what assigns to it: code is full of other keys. */
export const ASSIGNED_NAME: RedactionRule['hints'] = [
  {
    pattern:
      /(?:[iI_sS-][kK][eE][yY]|[tTeE][_-]?[kK][eE][yY]|[oO][kK][eE][nN]|[cC][rR][eE][tT]|[rRwW][dD])(?:\\*["'])?\s{0,4}(?:[:=]|\\+u003[dD])/,
    anchors: [String.raw`${NAME_END}[:=]`, String.raw`${NAME_END}[\\"'\s][\\"'\s:=u]`],
  },
];
