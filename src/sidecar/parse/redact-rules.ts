import { NAMED_PLACE_RULES, PLACE_RULES } from './redact-places.ts';
import { PROVIDER_RULES } from './redact-providers.ts';
import { ASSIGNED_NAME, BARE, COLOUR, type RedactionRule, type SecretMatch, token } from './redact-rule.ts';
import { isPlaceholder, isReference, looksRandom, UUID } from './redact-values.ts';

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
    ['sk-'],
    'sk-',
    '(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{16,}|(?=[A-Za-z0-9_-]{0,60}[0-9])[A-Za-z0-9]{20,}[A-Za-z0-9_-]*)',
  ),
  token('github-token', [/gh[pousr]_[A-Za-z0-9]{30}/], 'gh[pousr]_', '[A-Za-z0-9]{30,}'),
  token('github-token', ['_pat_'], 'github_pat_', '[A-Za-z0-9_]{22,}'),
  token('aws-key', ['AKIA', 'ASIA'], '(?:AKIA|ASIA)', '[A-Z0-9]{16}(?![A-Za-z0-9])'),
  token('google-key', ['AIza'], 'AIza', '[A-Za-z0-9_-]{35}'),
  token('google-key', ['ya29.', 'GOCSPX-'], '(?:ya29\\.|GOCSPX-)', '[A-Za-z0-9_-]{20,}'),
  ...PROVIDER_RULES,
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
  {
    kind: 'jwt',
    hints: ['.eyJ'],
    // From the beginning of a run: `eyJ-` after `eyJ-` would else look through the rest of the text from each.
    pattern: /((?<![A-Za-z0-9_-])[A-Za-z0-9_-]{0,64}?)(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*)/g,
  },
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
  ...PLACE_RULES,
  {
    kind: 'url-password',
    hints: ['://', ':\\/\\/'],
    // An apostrophe counts inside of a word only: elsewhere it is the end of a string. `@sha256:` follows an image's tag.
    pattern: /(:\\?\/\\?\/[^\s:@/"'\\<>]{0,200}:)((?:[^\s@/"'\\<>]|(?<=\w)'(?=\w)|\\+u0026){1,200})(?=@(?!sha256:))/g,
    accept: isUrlPassword,
  },
  ...NAMED_PLACE_RULES,
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
function isAssignedSecret({ head, before, secret, next }: SecretMatch): boolean {
  if (isPlaceholder(secret) || next === '(' || next === '[') return false;
  if (PLAIN_TOKEN.test(nameOf(head, before).toUpperCase())) return false;
  const name = /[A-Za-z_]+/.exec(before)?.[0] ?? '';
  // Brackets: a shell's array or code, unless the name says password and the value is no word.
  if (secret.startsWith('(')) return /PASSW|SECRET/.test(name) && /[0-9]/.test(secret) && /[A-Za-z]/.test(secret);
  if (name !== name.toUpperCase()) {
    const word = /^[^\s&$,]*/.exec(secret)?.[0] ?? '';
    if (/key$/i.test(name) && !isSecretKey(nameOf(head, before).toUpperCase(), secret)) return false;
    return word.length >= 8 && /[0-9]/.test(word) && /[A-Za-z]/.test(word) && !/[.:/]/.test(word);
  }
  if (/^(?:process|os|env|self|this|config|settings|import|options|args|secrets)\./.test(secret)) return false;
  const isNumber = /^\d{1,6}$/.test(secret);
  if (name.endsWith('KEY')) return !isNumber && isSecretKey(nameOf(head, before), secret);
  // A switch: SHOW_PASSWORD=1.
  if (/^(?:\d{1,2}|yes|no|on|off)$/i.test(secret)) return false;
  return !(isNumber && name === 'TOKEN');
}

/** Names of variables that end in KEY and hold one that opens something. */
const SECRET_KEY =
  /(?:API|SECRET|PRIVATE|ACCESS|ENCRYPTION|ENCRYPT|SIGNING|SIGN|AUTH|MASTER|APP|ACCOUNT|SERVICE|ADMIN|LICEN[CS]E|DEPLOY|WEBHOOK|SSH|ROOT|JWT|HMAC|SESSION|COOKIE|CLIENT|SHARED|WRITE|INGEST|OPENAI|ANTHROPIC|STRIPE|SENDGRID|MAILGUN|TWILIO|SUPABASE|ROLE|AES|RSA|GPG|PGP|TLS|SSL)_?KEY$/;
/** Keys of tables, caches and dictionaries, and those that are public. */
const PLAIN_KEY =
  /(?:PRIMARY|FOREIGN|SORT|PARTITION|CACHE|RESTORE|OBJECT|STORAGE|INDEX|LOOKUP|IDEMPOTENCY|DEDUPLICATION|ROUTING|UNIQUE|PUBLIC|PUBLISHABLE|HOST|TRANSLATION|REGISTRY|ROW|RANGE|HASH|GROUP|MAP|SHORTCUT|HOT)_?KEY$|(?:^|_)(?:PUBLIC|PUBLISHABLE)_/;
/** Tokens that are words to a model, or places in a list. */
const PLAIN_TOKEN =
  /(?:EOS|BOS|PAD|UNK|MASK|SEP|CLS|STOP|END|START|SPECIAL|MAX|MIN|NEXT|PAGE|SYNC|CONTINUATION|CURSOR|RESUME|SKIP|DESIGN|CANCELLATION|CANCEL)_?TOKEN$/;

/** A key of a cache, of a table or of a dictionary is none; one with another name has to look like one. */
function isSecretKey(name: string, secret: string): boolean {
  if (PLAIN_KEY.test(name)) return false;
  if (SECRET_KEY.test(name)) return true;
  return looksRandom(secret) && !/[/:.]|\w-\w/.test(secret);
}

/** The whole name that a value is assigned to. */
function nameOf(head: string, before: string): string {
  const end = /^[A-Za-z_]+/.exec(before)?.[0] ?? '';
  return `${/[A-Za-z0-9_]*$/.exec(head)?.[0] ?? ''}${end}`;
}

/** `name: "value"` in code, JSON and YAML: prose and identifiers are common there, so the value has to look like one. */
function isQuotedSecret({ head, before, secret }: SecretMatch): boolean {
  if (isPlaceholder(secret) || UUID.test(secret) || PLAIN_TOKEN.test(nameOf(head, before).toUpperCase())) return false;
  if (/passw/i.test(before)) return /[0-9]/.test(secret) && /[A-Za-z]/.test(secret);
  return looksRandom(secret);
}
