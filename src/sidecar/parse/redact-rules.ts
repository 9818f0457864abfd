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

/**
 * Where a token may begin: not inside a word, nor at the letter of a JSON escape (`\r`), but right after an escape
 * (`\n`, `\u0020`), which ends in a letter or digit without being part of the word.
 */
const START = String.raw`(?:(?<![A-Za-z0-9\\])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4}))`;

/** A token by its prefix. The prefix comes before the look behind it: so the search skips from prefix to prefix. */
const token = (kind: string, hints: RedactionRule['hints'], prefix: string, rest: string): RedactionRule => ({
  kind,
  hints,
  pattern: new RegExp(`()(${prefix}(?<=${START}${prefix})${rest})`, 'g'),
});

/** Characters of a value that is not quoted. */
const BARE = String.raw`[^\s"'\\\`,;&|(){}<>$[\]]`;

/**
 * The end of a name such as api_key, token, secret, password, with what assigns to it: code is full of other keys. Rules
 * that share it stand together and look once.
 */
const ASSIGNED_NAME: RedactionRule['hints'] = [
  /(?:[iI_sS-][kK][eE][yY]|[tTeE][_-]?[kK][eE][yY]|[oO][kK][eE][nN]|[cC][rR][eE][tT]|[rRwW][dD])(?:\\*["'])?\s{0,4}[:=]/,
];

/** Provider keys first: the general rules after them then find `[redacted:…]`, which they leave alone. */
export const REDACTION_RULES: readonly RedactionRule[] = [
  {
    kind: 'private-key',
    hints: ['PRIVATE KEY-----'],
    // With its end, or as far as it looks like base64 when the end was cut off. Newlines may be escaped, also twice.
    // The body stops at five dashes: looking beyond another BEGIN would cost the square of their number.
    pattern:
      /()(-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----(?:(?:[A-Za-z0-9+/=\s\\:,.]|-(?!----)){0,16384}-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----|(?:[A-Za-z0-9+/=]|\s|\\+[nr])*))/g,
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
  token('slack-token', ['xox', 'xapp-'], '(?:xox[abeoprs]|xapp)-', '[A-Za-z0-9-]{10,}'),
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
    hints: [/[Aa][Uu][Tt][Hh][Oo][Rr][Ii]/],
    pattern: new RegExp(
      String.raw`(authorization(?:\\*["'])?\s*[:=]\s*(?:\\*["'])?\s*(?:(?:bearer|basic|token|digest|apikey)\s+)?)(?!:)(${BARE}{8,})`,
      'gi',
    ),
    accept: isHeaderValue,
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
    pattern: /(:\\?\/\\?\/[^\s:@/"'\\<>]{0,200}:)([^\s:@/"'\\<>]{1,200})(?=@)/g,
    accept: ({ secret }) => !/^[$%{[*]/.test(secret),
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
    pattern: new RegExp(
      String.raw`((?:_key|apikey|token|secret|password|passwd)=(?![=~>])(?:\\*["'])?)(?!:)(${BARE}+)`,
      'gi',
    ),
    accept: isAssignedSecret,
  },
  {
    kind: 'secret',
    hints: ASSIGNED_NAME,
    pattern:
      /((?:api[_-]?key|(?:secret|access|private)[_-]?key|token|secret|password|passwd)(?:\\*["'])?\s{0,4}[:=]\s{0,4}\\*["'])(?![,:}\]])([^\s"'\\]{8,})(?=\\*["'])/gi,
    accept: isQuotedSecret,
  },
];

/** After a scheme anything is a credential; without one it has to look like one. */
function isHeaderValue({ before, secret }: SecretMatch): boolean {
  // A quoted name with a value that is not: a number of JSON or a variable.
  if (isPlaceholder(secret) || /["']\s*[:=]\s*$/.test(before)) return false;
  return /(?:bearer|basic|token|digest|apikey)\s+$/i.test(before) || looksRandom(secret);
}

/** `NAME=value`: the name of an environment variable tells enough; a name in small letters is often just code. */
function isAssignedSecret({ before, secret, next }: SecretMatch): boolean {
  if (isPlaceholder(secret) || next === '(' || next === '[') return false;
  const name = /[A-Za-z_]+/.exec(before)?.[0] ?? '';
  if (name !== name.toUpperCase())
    return secret.length >= 8 && /[0-9]/.test(secret) && /[A-Za-z]/.test(secret) && !/[.:/]/.test(secret);
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
  /^(?:[$%{<*[].*|your\b.*|your[-_].*|example.*|change[-_]?me.*|placeholder.*|redacted.*|x{3,}.*|\*+|\.+|-+|none|null|nil|undefined|true|false|string|str|required|optional|value)$/i;

function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || /(?:your|example|placeholder|xxxx|\.\.\.)/i.test(value.slice(0, 64));
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
