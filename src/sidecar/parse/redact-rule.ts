/** One kind of secret. */
export interface RedactionRule {
  /** What `[redacted:<kind>]` and the counts call it. */
  readonly kind: string;
  /**
   * What is looked for first; every match has one of them. Searching a text costs next to nothing where it begins with
   * a character that is rare in JSON and prose (`k-` takes a quarter of the time of `sk-`), so that is how they begin.
   */
  readonly hints: readonly (string | RegExp)[];
  /**
   * Global. Group 1 stays, group 2 is the secret. A secret holds no quote and no backslash (but for whole
   * escapes in private keys) and begins inside of a string, so that replacing it leaves JSON text valid.
   */
  readonly pattern: RegExp;
  /** Whether the match is a secret after all; absent: it always is. */
  readonly accept?: (match: SecretMatch) => boolean;
}

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

/**
 * The end of a name such as api_key, token, secret, password, with what assigns to it: code is full of other keys. Rules
 * that share it stand together and search once.
 */
export const ASSIGNED_NAME: RedactionRule['hints'] = [
  /(?:[iI_sS-][kK][eE][yY]|[tTeE][_-]?[kK][eE][yY]|[oO][kK][eE][nN]|[cC][rR][eE][tT]|[rRwW][dD])(?:\\*["'])?\s{0,4}(?:[:=]|\\+u003[dD])/,
];
