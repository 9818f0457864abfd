import { ASSIGNED_NAME, BARE, type RedactionRule, type SecretMatch } from './redact-rule.ts';
import { isPlaceholder, isReference, looksRandom } from './redact-values.ts';

/** A quote, as it is or escaped by JSON, any number of times. */
const QUOTE = String.raw`\\*["']`;
/** What stands between a name and its value in YAML, JSON, INI files and shells. */
const ASSIGN = String.raw`(?:${QUOTE})?\s{0,4}(?:[:=]|\\+u003[dD])\s{0,4}(?:${QUOTE})?`;
/** The beginning of a line or of a string, also of a line inside of a JSON string. */
const LINE = String.raw`(?:^|[\r\n]|\\+[rn]|\\*["'])`;
/** The end of a value on its line. */
const LINE_END = String.raw`(?=[ \t]{0,8}(?:#|[\r\n]|\\+[rn]|\\*"|$))`;
/** Names in files of settings whose values are secrets. */
const SECRET_NAME =
  '(?:password|passwd|passphrase|secret|api_?key|auth_?token|access_?token|token|(?:secret|private|access|encryption|signing|master)_?key)';
const BASE64 = '[A-Za-z0-9+/]';

const place = (
  kind: string,
  hints: RedactionRule['hints'],
  rule: { readonly before: string; readonly secret: string; readonly flags?: string },
  accept: RedactionRule['accept'] = isNoPlaceholder,
): RedactionRule => ({
  kind,
  hints,
  // A quote may be the end of a string of JSON: then one of these signs follows.
  pattern: new RegExp(`(${rule.before})(?![,:}\\]])(${rule.secret})`, rule.flags ?? 'g'),
  accept,
});

const CURL: RedactionRule['hints'] = ['curl ', 'wget '];
const LOGIN: RedactionRule['hints'] = [
  'gin -',
  'gin ghcr',
  { pattern: / login [^\r\n"]{0,200}? -/, anchors: [' login '] },
];
const KUBERNETES: RedactionRule['hints'] = [
  { pattern: /kind(?:\\*["'])?\s{0,4}:\s{0,4}(?:\\*["'])?Secret\b/, anchors: ['Secret'] },
];

/** Secrets that no prefix tells, at places where nothing else stands: command lines, headers and files of well-known tools. */
export const PLACE_RULES: readonly RedactionRule[] = [
  // Azure: connection strings and shared access signatures.
  place('azure-key', ['AccountKey', 'SharedAccessKey'], {
    before: String.raw`(?:AccountKey|SharedAccessKey)${ASSIGN}`,
    secret: `${BASE64}{20,}={0,2}`,
  }),
  place('azure-signature', [/[?&;6]sig[=\\]/], {
    before: String.raw`(?:[?&;]|\\+u0026)sig(?:=|\\+u003[dD])`,
    secret: '(?:[A-Za-z0-9+/]|%[0-9A-Fa-f]{2}){30,}={0,2}',
  }),
  // Mailchimp's key begins with nothing.
  place('mailchimp-key', [{ pattern: /-us\d(?<=[0-9a-f]{32}-us\d)/, anchors: ['[0-9a-f]-us[0-9]'] }], {
    before: '(?<![A-Za-z0-9])',
    secret: '[a-f0-9]{32}-us\\d{1,2}(?!\\w)',
  }),
  place('terraform-token', ['.atlasv1.'], { before: '', secret: '[A-Za-z0-9]{10,20}\\.atlasv1\\.[A-Za-z0-9_=-]{40,}' }),
  // Bots: Discord's token is three parts, Telegram's begins with the bot's number.
  place('discord-token', [/\.[\w-]{6}\.[\w-]{27}/], {
    before: '(?<![A-Za-z0-9_.-])',
    secret: '(?=[\\w-]{0,28}\\d)[MNO][A-Za-z0-9_-]{22,28}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,45}(?![\\w-])',
  }),
  place('discord-webhook', ['/api/webhooks/', '\\/api\\/webhooks\\/'], {
    before: String.raw`discord(?:app)?\.com\\*/api\\*/(?:v\d{1,2}\\*/)?webhooks\\*/\d{10,25}\\*/`,
    secret: '[A-Za-z0-9_-]{30,}',
  }),
  place('telegram-token', [':AA', '%3AAA'], {
    before: '(?<!\\d)',
    secret: '\\d{7,12}(?::|%3A)AA[A-Za-z0-9_-]{30,40}(?![\\w-])',
  }),
  // Files of tools.
  place('kubeconfig', ['-key-data', '-token:', '-token"', '-token\\"'], {
    before: String.raw`(?:client-key-data|id-token|refresh-token)${ASSIGN}`,
    secret: '[A-Za-z0-9+/=._-]{20,}',
  }),
  place(
    'kubernetes-secret',
    KUBERNETES,
    {
      before: String.raw`${LINE}[ \t]{2,12}[\w.-]{1,253}:[ ]{1,2}(?:${QUOTE})?`,
      secret: String.raw`${BASE64}{4,}={0,2}(?=(?:${QUOTE})?[ \t]{0,4}(?:[\r\n]|\\+[rn]|\\*"|$))`,
    },
    isSecretData,
  ),
  place(
    'kubernetes-secret',
    KUBERNETES,
    {
      before: String.raw`${QUOTE}[\w.-]{1,253}${QUOTE}\s{0,4}:\s{0,4}${QUOTE}`,
      secret: String.raw`${BASE64}{4,}={0,2}(?=${QUOTE})`,
    },
    isSecretData,
  ),
  place('npmrc', [{ pattern: /_(?:auth|authToken|password)\s{0,4}=/, anchors: ['_(?:auth|password)'] }], {
    before: String.raw`[:\s]_(?:auth|authToken|password)\s{0,4}=\s{0,4}(?:${QUOTE})?|${LINE}_(?:auth|authToken|password)\s{0,4}=\s{0,4}(?:${QUOTE})?`,
    secret: String.raw`${BARE}{8,}`,
  }),
  place('netrc', ['machine ', 'default login'], {
    before: String.raw`(?:machine[ \t]{1,8}[^\s"'\\]{1,200}|default)(?:\s|\\+[nrt]){1,16}login[ \t]{1,8}[^\s"'\\]{1,200}(?:\s|\\+[nrt]){1,16}password[ \t]{1,8}`,
    secret: String.raw`[^\s"'\\]{3,200}`,
  }),
  place(
    'docker-auth',
    [{ pattern: /auth\\*["']/, anchors: [String.raw`auth[\\"']`] }],
    {
      before: String.raw`${QUOTE}auth${QUOTE}\s{0,4}:\s{0,4}${QUOTE}`,
      secret: String.raw`${BASE64}{8,}={0,2}(?=${QUOTE})`,
    },
    ({ secret }) => Buffer.from(secret, 'base64').includes(':'),
  ),
  place(
    'password-hash',
    [/:\$(?:[1567y]|2[aby]|gy|apr1|argon2)/],
    {
      before: String.raw`[A-Za-z_][\w.-]{0,64}:`,
      secret: String.raw`\$(?:[1567y]|2[aby]|gy|apr1|argon2[a-z]{0,2})\$[A-Za-z0-9./$=,+]{16,}`,
    },
    () => true,
  ),
  // Command lines.
  place(
    'command-password',
    CURL,
    {
      before: String.raw`\s(?:-[uU]\s{0,4}|--(?:proxy-)?user[\s=]{1,4})(?:${QUOTE})?[^\s:"'\\$]{1,100}:`,
      secret: String.raw`[^\s:"'\\/]{2,200}`,
    },
    isArgument,
  ),
  place(
    'command-password',
    LOGIN,
    {
      before: String.raw`\blogin(?:[ \t][^\r\n"\\]{0,200}?)?[ \t](?:-p|--password)[ \t=]{1,4}(?:${QUOTE})?`,
      secret: String.raw`[^\s"'\\]{3,200}`,
    },
    isArgument,
  ),
  place(
    'command-password',
    ['mysql', 'mariadb'],
    {
      before: String.raw`\b(?:mysql(?:dump|admin|show|import|check)?|mariadb(?:-\w{1,16})?)(?:[ \t][^\r\n"'\\|;]{0,200}?)?[ \t](?:-p|--password=)(?:${QUOTE})?`,
      secret: String.raw`[^\s"'\\|;-][^\s"'\\|;]{2,200}`,
    },
    isArgument,
  ),
  place(
    'command-password',
    ['sshpass ', 'redis-cli ', 'mongo'],
    {
      before: String.raw`\b(?:sshpass|redis-cli|mongo(?:sh|dump|restore)?)(?:[ \t][^\r\n"'\\|;]{0,200}?)?[ \t](?:-a|-p|--pass|--password)[ \t=]{0,4}(?:${QUOTE})?`,
      secret: String.raw`[^\s"'\\|;-][^\s"'\\|;]{3,200}`,
    },
    isArgument,
  ),
  // Headers.
  place(
    'cookie',
    [{ pattern: /[cC]ookie(?:\\*["'])?\s{0,4}[:=]/, anchors: ['[cC]ookie'] }],
    {
      before: String.raw`\b(?:set-)?cookie(?:${QUOTE})?\s{0,4}[:=]\s{0,4}(?:\[\s{0,8})?(?:${QUOTE})?(?=[\w.%-]{1,100}=)`,
      secret: String.raw`[^"'\\\r\n,]{8,4096}`,
      flags: 'gi',
    },
    ({ secret }) => secret.split(';').some(part => isSecretCookie(part.slice(part.indexOf('=') + 1))),
  ),
  place(
    'command-password',
    [
      {
        pattern: /--(?:[a-z]{1,16}-)?(?:password|token|secret|api-key)[ =]/,
        anchors: ['-(?:password|token|secret|api-key)[ =]'],
      },
    ],
    {
      before: String.raw`--(?:[a-z]{1,16}-)?(?:password|token|secret|api-key)[ =](?:${QUOTE})?`,
      secret: String.raw`[^\s"'\\|;&<>$[\]{}()-][^\s"'\\|;&<>]{5,200}`,
    },
    ({ secret }) =>
      isArgument({ secret }) &&
      /\d/.test(secret) &&
      /[A-Za-z]/.test(secret) &&
      !/^[a-z]+(?:[-_/.][a-z0-9]+)+$/.test(secret),
  ),
];

/** The same for places that names ending in key, token, secret or password tell: looked for once with the rules for those. */
export const NAMED_PLACE_RULES: readonly RedactionRule[] = [
  place('aws-session-token', ASSIGNED_NAME, {
    before: String.raw`(?:session_?token|security-token)(?:${ASSIGN}|>|\\\\+u003[eE])`,
    secret: '[A-Za-z0-9+/=%_-]{40,}',
    flags: 'gi',
  }),
  // Headers.
  place(
    'api-key-header',
    ASSIGNED_NAME,
    {
      before: String.raw`\b(?:x-(?:[a-z]{1,16}-){0,3}(?:key|token)|(?:[a-z]{1,16}-){0,3}api-?key|[a-z-]{1,20}subscription-key|private-token|job-token)(?:${QUOTE})?\s{0,4}:\s{0,4}(?:${QUOTE})?`,
      secret: String.raw`${BARE}{8,}`,
      flags: 'gi',
    },
    ({ secret }) => !isPlaceholder(secret) && /\d/.test(secret) && !/^\d+$/.test(secret),
  ),
  // YAML and INI without quotes.
  place(
    'secret',
    ASSIGNED_NAME,
    {
      // The name comes before the check of what precedes it: there are fewer names than lines.
      before: String.raw`${SECRET_NAME}(?<=${LINE}[ \t>+|-]{0,40}(?:\d{1,6}(?:→|\t|: ?))?[ \t-]{0,40}(?:[\w.-]{0,60}[_.-])?${SECRET_NAME})\s{0,2}[:=][ \t]{1,8}`,
      secret: String.raw`[^\s"'\\#,{}[\]&*!|>%@$<(\x60][^\s"'\\,{}[\]]{5,200}${LINE_END}`,
      flags: 'gi',
    },
    isUnquotedValue,
  ),
];

/** A number alone may stand in JSON outside of a string. */
function isNoPlaceholder({ secret }: SecretMatch): boolean {
  return !isPlaceholder(secret) && /[A-Za-z]/.test(secret);
}

/** An argument of a command: no variable, no file's name, no number such as a group's. */
function isArgument({ secret }: Pick<SecretMatch, 'secret'>): boolean {
  return !isPlaceholder(secret) && !/^\d{1,6}$/.test(secret) && !/^(?:\/|\.\/|~\/|password\b|<)/i.test(secret);
}

/** Fields of every resource of Kubernetes that are no data of a secret. */
const PLAIN_FIELDS =
  /(?:^|[^\w-])(?:name|namespace|uid|resourceVersion|manager|operation|time|type|kind|apiVersion|role|model|app|component|instance|version|tool|id)(?:\\*["'])?\s*:/;

/** Base64 of whole bytes, as the values of a Secret are; short words of letters alone are names. */
function isSecretData({ before, secret }: SecretMatch): boolean {
  if (PLAIN_FIELDS.test(before) || secret.length % 4 !== 0) return false;
  return secret.endsWith('=') || (secret.length >= 8 && /[0-9+/]|[a-z][A-Z]/.test(secret));
}

function isSecretCookie(value: string): boolean {
  return (
    value.length >= 12 &&
    /\d/.test(value) &&
    /[A-Za-z]/.test(value) &&
    !isPlaceholder(value) &&
    !/^[\d.:TZ -]+$/.test(value)
  );
}

/** `password: hunter2x` in a file: passwords have a digit or a sign among letters, tokens look random. */
function isUnquotedValue({ before, secret }: SecretMatch): boolean {
  if (
    isPlaceholder(secret) ||
    isReference(secret) ||
    /^(?:\/|\.{1,2}\/|https?:|vault:|ref\+|secretKeyRef)/.test(secret)
  )
    return false;
  if (/pass(?:word|wd|phrase)\s*[:=]/i.test(before))
    return /[A-Za-z]/.test(secret) && /[\d!$%^~+?]/.test(secret) && !/[(){};]$|\.\w+\(/.test(secret);
  return looksRandom(secret) && !/[(){};]|:\/\/|\w\.\w+\(/.test(secret);
}
