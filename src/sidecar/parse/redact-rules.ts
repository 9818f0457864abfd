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
  readonly before: string;
  readonly secret: string;
  /** The character after the match; empty at the end. */
  readonly next: string;
}

/** The escape sequence of a terminal's colour, as it is and as JSON writes it. */
const COLOUR = String.raw`(?:\\+u001[bB]|\x1b)\[[0-9;]{0,16}[mK]`;

/**
 * Where a token may begin: not inside a word, nor at the letter of a JSON escape (`\r`), but right after an escape
 * (`\n`, `\u0020`) or a colour, which end in a letter or digit without being part of the word.
 */
const START = String.raw`(?:(?<![A-Za-z0-9\\])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=${COLOUR}))`;

/** A token by its prefix. The prefix comes before the look behind it: so the search skips from prefix to prefix. */
const token = (kind: string, hints: RedactionRule['hints'], prefix: string, rest: string): RedactionRule => ({
  kind,
  hints,
  pattern: new RegExp(`()(${prefix}(?<=${START}${prefix})${rest})`, 'g'),
});

/** Characters of a value that is not quoted. */
const BARE = String.raw`[^\s"'\\\`,;&|(){}<>$[\]\x1b]`;

/** `&`, also as Go and Gson write it in JSON. */
const AMPERSAND = String.raw`(?:&|\\+u0026)`;

/** `=`, also as Gson writes it in JSON. */
const EQUALS = String.raw`(?:=|\\+u003[dD])`;

/**
 * A value that is not quoted, where what mostly ends one may be part of it: `$`, and `&` or a comma unless a next
 * `name=` follows or the rest of an HTML entity. `;`, `|` and brackets always end it: in shells and code they hardly ever do not.
 */
const UNQUOTED = String.raw`(?:${BARE}|\$(?=\w))(?:${BARE}|\$(?=${BARE})|,(?=\w)(?![\w.-]{1,64}[=:])|${AMPERSAND}(?=${BARE})(?!#?\w{1,5};|[\w.%[\]-]{1,64}${EQUALS}))*`;

/**
 * A value in quotes, up to the same quote. The first character is none that can follow a string in JSON or code: there
 * the quote is the end of a string that ends in `TOKEN=`.
 */
const QUOTED = ['"', "'"]
  .map(
    quote =>
      String.raw`(?<=${quote})(?=[\w$!@#%^*~(/<{[-])(?:[^${quote}"\\\r\n]|\\+u00(?:26|27|3[cCdDeE])){1,512}(?=\\*${quote})`,
  )
  .join('|');

/** What precedes and ends a private key; that of PGP says `BLOCK`. */
const KEY_LABEL = '(?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----';

/**
 * What stands before a line of a key: the end of the line before, the line numbers, diff signs and quote marks that
 * tools add, the file name and line number of grep.
 */
const KEY_PREFIX = [
  String.raw`(?:[\s\d→|>+*#:-]|\\+(?:[nrt]|u2192|u003[eE])){0,80}?`,
  String.raw`(?:(?<=[\n\r]|\\[nr])[\w./~@-]{1,160}?[:-](?:\d{1,6}[:-])?)?`,
].join('');

/** A line of a key whose end is missing: a header or base64. */
const KEY_LINE = String.raw`${KEY_PREFIX}(?:(?:Proc-Type|DEK-Info|Version|Comment):[^\r\n"'\\]{1,200}|[A-Za-z0-9+/=]{20,})`;

/**
 * The end of a name such as api_key, token, secret, password, with what assigns to it: code is full of other keys. Rules
 * that share it stand together and look once.
 */
const ASSIGNED_NAME: RedactionRule['hints'] = [
  /(?:[iI_sS-][kK][eE][yY]|[tTeE][_-]?[kK][eE][yY]|[oO][kK][eE][nN]|[cC][rR][eE][tT]|[rRwW][dD])(?:\\*["'])?\s{0,4}(?:[:=]|\\+u003[dD])/,
];

const SLACK: RedactionRule['hints'] = ['xox', 'xapp-'];

/** Provider keys first: the general rules after them then find `[redacted:…]`, which they leave alone. */
export const REDACTION_RULES: readonly RedactionRule[] = [
  {
    kind: 'private-key',
    hints: ['PRIVATE KEY-----', 'PRIVATE KEY BLOCK-----'],
    // With its end (before which a diff may put a dash), or as far as it looks like a key when the end was cut off; a
    // short last line must then fill its line. Newlines may be escaped, also twice.
    // The body stops at five dashes: looking beyond another BEGIN would cost the square of their number.
    pattern: new RegExp(
      String.raw`()(-----BEGIN ${KEY_LABEL}(?:(?:[\w\s+/=\\:,.→|>#*~@]|-(?!----)){0,16384}-?-----END ${KEY_LABEL}|(?:(?:${KEY_LINE})+(?:${KEY_PREFIX}[A-Za-z0-9+/=]{1,19}(?=["'\r\n]|\\+["'nr]|$))?)?))`,
      'g',
    ),
  },
  token('anthropic-key', ['k-ant-'], 'sk-ant-', '[A-Za-z0-9_-]{16,}'),
  token(
    'openai-key',
    ['k-'],
    'sk-',
    '(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{16,}|(?=[A-Za-z0-9_-]{0,60}[0-9])[A-Za-z0-9]{20,}[A-Za-z0-9_-]*)',
  ),
  token('github-token', [/gh[pousr]_[A-Za-z0-9]{30}/], 'gh[pousr]_', '[A-Za-z0-9]{30,}'),
  token('github-token', ['_pat_'], 'github_pat_', '[A-Za-z0-9_]{22,}'),
  token('aws-key', ['AKIA', 'ASIA'], '(?:AKIA|ASIA)', '[A-Z0-9]{16}(?![A-Za-z0-9])'),
  token('google-key', ['AIza'], 'AIza', '[A-Za-z0-9_-]{35}'),
  token('google-key', ['ya29.', 'GOCSPX-'], '(?:ya29\\.|GOCSPX-)', '[A-Za-z0-9_-]{20,}'),
  token('slack-token', SLACK, '(?:xox[abceoprs]|xapp)-', '[A-Za-z0-9-]{10,}'),
  // The cookie: base64, mostly with its special characters as percent escapes.
  token('slack-token', SLACK, 'xoxd-', '[A-Za-z0-9%+/=_-]{10,}'),
  {
    kind: 'slack-webhook',
    hints: ['hooks.slack.com'],
    pattern: /(hooks\.slack\.com\/(?:services|workflows)\/)([A-Za-z0-9_/+-]{20,})/g,
  },
  token('stripe-key', ['_live_', '_test_'], '[sr]k_(?:live|test)_', '[A-Za-z0-9]{16,}'),
  token('stripe-key', ['whsec_'], 'whsec_', '[A-Za-z0-9+/]{24,}'),
  token('jwt', ['.eyJ'], 'eyJ', '[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*'),
  {
    kind: 'authorization',
    hints: ['AWS4-HMAC-SHA256'],
    pattern:
      /(AWS4-HMAC-SHA256\s{1,4})(Credential=[^\s"'\\,]{1,200},\s{0,4}SignedHeaders=[^\s"'\\,]{1,400},\s{0,4}Signature=[0-9a-f]{64})/g,
  },
  {
    kind: 'authorization',
    hints: [/[Aa][Uu][Tt][Hh][Oo][Rr][Ii]/],
    // A map of headers may hold a list for each. Spaces are bounded: between optional parts any number of them would
    // cost its square.
    pattern: new RegExp(
      String.raw`(authorization(?:\\*["'])?\s{0,16}[:=]\s{0,16}(?:\[\s{0,64})?(?:\\*["']\s{0,16})?(?:[a-z]{2,20}(?:-[a-z]{1,20}){0,3}\s{1,16})?)(?!:)(${BARE}{8,})`,
      'gi',
    ),
    accept: isHeaderValue,
  },
  {
    kind: 'authorization',
    hints: ['oauth_signature'],
    pattern: /(oauth_signature=\\*["']?)([A-Za-z0-9+/%=]{20,})/g,
  },
  {
    kind: 'authorization',
    hints: [/[Bb][Ee][Aa][Rr][Ee][Rr]\s/],
    pattern: /(bearer\s{1,4})([A-Za-z0-9._~+/-]{16,}={0,2})/gi,
    accept: ({ secret }) => looksRandom(secret),
  },
  {
    kind: 'url-password',
    hints: ['://', ':\\/\\/'],
    // An apostrophe counts inside of a word only: elsewhere it is the end of a string. `@sha256:` follows an image's tag.
    pattern: /(:\\?\/\\?\/[^\s:@/"'\\<>]{0,200}:)((?:[^\s@/"'\\<>]|(?<=\w)'(?=\w)|\\+u0026){1,200})(?=@(?!sha256:))/g,
    accept: isUrlPassword,
  },
  {
    kind: 'aws-secret',
    hints: ASSIGNED_NAME,
    pattern:
      /(secret_?(?:access)?_?key(?:\\*["'])?\s{0,4}[:=]\s{0,4}(?:\\*["'])?)([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/gi,
    accept: ({ secret }) => /[A-Za-z].*[A-Za-z]/.test(secret),
  },
  {
    kind: 'secret',
    hints: ASSIGNED_NAME,
    // `"TOKEN=" + x` is code, also without its spaces; and so may be what stands in brackets.
    pattern: new RegExp(
      String.raw`((?:_key|apikey|token|secret|password|passwd)${EQUALS}(?![=~>])(?:${COLOUR}){0,4}(?:\\*["']|\\+u0027)?)(?!:|(?<=["'])\+)(${QUOTED}|${UNQUOTED}|(?<==)\([^\s"'\\()]{1,64}\)(?=[\s"'\\]|$))`,
      'gi',
    ),
    accept: isAssignedSecret,
  },
  {
    kind: 'secret',
    hints: ASSIGNED_NAME,
    pattern:
      /((?:api[_-]?key|(?:secret|access|private)[_-]?key|token|secret|password|passwd)(?:\\*["'])?\s{0,4}(?:[:=]|\\+u003[dD])\s{0,4}\\*["'])(?![,:}\]])([^\s"'\\]{8,})(?=\\*["'])/gi,
    accept: isQuotedSecret,
  },
];

/** After a well-known scheme anything is a credential; without one, or after another, it has to look like one. */
function isHeaderValue({ before, secret }: SecretMatch): boolean {
  if (isPlaceholder(secret)) return false;
  const scheme = /([a-z-]+)\s+$/i.exec(before)?.[1] ?? '';
  if (/^(?:bearer|basic|token|digest|apikey)$/i.test(scheme)) return true;
  // A quoted name with a value that is not: a number of JSON or a variable.
  if (/["']\s*[:=]\s*(?:[a-z-]+\s+)?$/i.test(before)) return false;
  // "authorization: see commit 3f78…" is prose.
  return /^(?:[A-Z].*)?$/.test(scheme) && looksRandom(secret);
}

/** `user:password@` of a URL, unless it is a template or the colon was none between user and password. */
function isUrlPassword({ before, secret }: SecretMatch): boolean {
  // The default of a variable, `${USER:-root}`, and a port before something else than a path.
  if (/\{[^}]*$/.test(before) || /^\d{1,5}[?#&,;|)\]]/.test(secret)) return false;
  // Braces of a template, the set of a regular expression, a word in brackets, asterisks.
  return !isReference(secret) && !/^(?:\{|\[redacted:|\[[^\]]*$|\[[^\]\d]*\]$|\*+$)/.test(secret);
}

/** `NAME=value`: the name of an environment variable tells enough; a name in small letters is often just code. */
function isAssignedSecret({ before, secret, next }: SecretMatch): boolean {
  if (isPlaceholder(secret) || next === '(' || next === '[') return false;
  const name = /[A-Za-z_]+/.exec(before)?.[0] ?? '';
  // Brackets: a shell's array or code, unless the name says password and the value is no word.
  if (secret.startsWith('(')) return /PASSW|SECRET/.test(name) && /[0-9]/.test(secret) && /[A-Za-z]/.test(secret);
  if (name !== name.toUpperCase()) {
    const word = /^[^\s&$,]*/.exec(secret)?.[0] ?? '';
    return word.length >= 8 && /[0-9]/.test(word) && /[A-Za-z]/.test(word) && !/[.:/]/.test(word);
  }
  const counts = name.endsWith('KEY') || name === 'TOKEN';
  return (
    !(counts && /^\d{1,6}$/.test(secret)) &&
    !/^(?:process|os|env|self|this|config|settings|import|options|args|secrets)\./.test(secret)
  );
}

/** `name: "value"` in code, JSON and YAML: prose and identifiers are common there, so the value has to look like one. */
function isQuotedSecret({ before, secret }: SecretMatch): boolean {
  if (isPlaceholder(secret) || UUID.test(secret)) return false;
  if (/passw/i.test(before)) return /[0-9]/.test(secret) && /[A-Za-z]/.test(secret);
  return looksRandom(secret);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Values that stand for a secret and are none. */
const PLACEHOLDER =
  /^(?:[{<*[].*|your\b.*|your[-_].*|example.*|change[-_]?me.*|placeholder.*|redacted.*|x{3,}.*|\*+|\.+|-+|none|null|nil|undefined|true|false|string|str|required|optional|value)$/i;

function isPlaceholder(value: string): boolean {
  return (
    PLACEHOLDER.test(value) ||
    isReference(value) ||
    /(?:your|example|placeholder|xxxx|\.\.\.)/i.test(value.slice(0, 64))
  );
}

/** `${X}`, `$(command)`, `$1`, `$NAME`, `$name`; `%s`, `%20s`, `%1$s`, `%(name)s`, `%{name}`, `%NAME%`; `#{name}`. */
const REFERENCE =
  /^(?:\$(?:[{(]|[A-Z0-9_]+(?![A-Za-z0-9$])|[A-Za-z_]+(?![A-Za-z0-9_]))|%(?:-?\d*[A-Za-z](?![A-Za-z0-9%])|\d\$|[({]|[A-Za-z_]\w*%$)|#\{)/;

/** A variable or a format instead of a value. `$ecret99` could be a variable, but these are short or say what they hold. */
function isReference(value: string): boolean {
  return (
    REFERENCE.test(value) || /^\$\w{0,4}(?!\w)/.test(value) || /^\$\w*(?:pass|pw|tok|secret|key|cred|auth)/i.test(value)
  );
}

/** Long, with letters and digits in one run, as generated values are and names are not. */
function looksRandom(value: string): boolean {
  return (
    value.length >= 16 &&
    /[0-9]/.test(value) &&
    /[A-Za-z]/.test(value) &&
    /[A-Za-z0-9]{12}/.test(value) &&
    !isPlaceholder(value)
  );
}
