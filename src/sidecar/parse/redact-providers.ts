import { type RedactionRule, token } from './redact-rule.ts';

/** A provider's token: what it begins with, and what follows. Both are sources of regular expressions. */
type Provider = readonly [kind: string, prefix: string, rest: string];

const HEX = '[a-f0-9]';
const WORD = '[A-Za-z0-9]';
const URLSAFE = '[A-Za-z0-9_-]';
/** Some digit not far away: a prefix that is a word, too, begins names in code. */
const DIGIT_NEAR = String.raw`(?=[A-Za-z0-9_-]{0,40}\d)`;

/**
 * Tokens that are known by their prefix: each provider documents it, most of them for scanners. Bounded wherever something has to
 * follow what repeats: from each of a million prefixes a rule would else look through the rest of the text.
 */
const PROVIDERS: readonly Provider[] = [
  ['npm-token', 'npm_', `${WORD}{30,}`],
  ['pypi-token', 'pypi-', `(?=${URLSAFE}{0,40}[0-9A-Z])${URLSAFE}{40,}`],
  ['huggingface-token', '(?:hf|api_org)_', `${WORD}{30,}`],
  [
    'gitlab-token',
    'gl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-',
    `${DIGIT_NEAR}${URLSAFE}{16,}(?:\\.${WORD}{2}\\.${WORD}{6,12})?`,
  ],
  ['gitlab-token', 'GR1348941', `${URLSAFE}{20,}`],
  ['digitalocean-token', 'do[opr]_v1_', `${WORD}{32,}`],
  ['xai-key', 'xai-', `${DIGIT_NEAR}${WORD}{32,}`],
  ['openrouter-key', 'sk-or-(?:v1-)?', `${WORD}{32,}`],
  ['groq-key', 'gsk_', `${WORD}{32,}`],
  ['sendgrid-key', 'SG\\.', `${URLSAFE}{16,40}\\.${URLSAFE}{16,80}`],
  ['mailgun-key', 'key-', `${DIGIT_NEAR}${WORD}{32}(?![A-Za-z0-9-])`],
  ['brevo-key', 'xkeysib-', `${HEX}{32,}-${WORD}{8,}`],
  ['shopify-token', 'shp(?:at|ss|ca|pa|ua)_', `${WORD}{24,}`],
  ['supabase-key', 'sbp_', `(?:v0_|oauth_)?${DIGIT_NEAR}${WORD}{32,}`],
  ['supabase-key', 'sb_secret_', `${DIGIT_NEAR}${URLSAFE}{16,}`],
  ['stripe-key', 'sk_org_', `(?:live_|test_)?${WORD}{16,}`],
  ['linear-key', 'lin_(?:api|oauth|wh)_', `${WORD}{24,}`],
  ['notion-token', 'ntn_', `${WORD}{30,}`],
  ['notion-token', 'secret_', `${DIGIT_NEAR}${WORD}{40,}`],
  ['vault-token', 'hv[sbr]\\.', `${DIGIT_NEAR}${URLSAFE}{20,}`],
  ['doppler-token', 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.', `(?:[a-z0-9_-]{2,35}\\.)?${WORD}{20,}`],
  ['onepassword-token', 'ops_', `(?:eyJ[A-Za-z0-9+/=_-]{30,}|${DIGIT_NEAR}${WORD}{48,})`],
  ['age-key', 'AGE-SECRET-KEY-', '(?:PQ-)?1[A-Z0-9]{40,}'],
  ['openai-session', 'sess-', `${DIGIT_NEAR}${WORD}{30,}`],
  ['perplexity-key', 'pplx-', `${DIGIT_NEAR}${WORD}{32,}`],
  ['replicate-token', 'r8_', `${WORD}{30,}`],
  ['databricks-token', 'dapi', `${DIGIT_NEAR}${WORD}{32}(?:-\\d)?(?!${WORD})`],
  ['planetscale-token', 'pscale_(?:tkn|pw|oauth)_', '[A-Za-z0-9_.=-]{24,}'],
  ['grafana-token', 'glsa_', `${WORD}{24,48}(?:_${WORD}{6,12})?`],
  ['grafana-token', 'glc_', '[A-Za-z0-9+/=]{32,}'],
  ['postman-key', 'PMAK-', `${WORD}{20,40}(?:-${WORD}{20,40})?`],
  ['sentry-token', 'sntrys_', '[A-Za-z0-9+/=_-]{40,}'],
  ['sentry-token', 'sntryu_', `${WORD}{40,}`],
  ['atlassian-token', 'AT(?:ATT|CTT|BB)', `(?=[A-Za-z0-9_=-]{0,24}\\d)[A-Za-z0-9_=-]{24,}`],
  ['figma-token', 'fig[dour]h?_', `${DIGIT_NEAR}${URLSAFE}{24,}`],
  ['docker-token', 'dckr_(?:pat|oat)_', `${URLSAFE}{20,}`],
  ['tailscale-key', 'tskey-', `(?:[a-z]{2,10}-)?${DIGIT_NEAR}[A-Za-z0-9-]{16,}`],
  ['slack-token', 'xoxe\\.', `xox[bp]-[A-Za-z0-9-]{10,}`],
  ['newrelic-key', 'NR(?:AK|II|RA)-', `[A-Za-z0-9]{20,}`],
  ['circleci-token', 'CCI(?:PAT|PRJ)_', `${WORD}{16,}_${HEX}{32,}`],
  ['buildkite-token', 'bk[cpu]a?_', `${WORD}{30,}`],
  ['pulumi-token', 'pul-', `${HEX}{40}(?!${WORD})`],
  ['netlify-token', 'nf[poc]_', `${WORD}{30,}`],
  ['vercel-token', 'vc[paikr]_', `${WORD}{24,}`],
  ['flyio-token', '(?:fo1|fm[12][ar]?)_', '[A-Za-z0-9+/=_-]{40,}'],
  ['heroku-key', 'HRKU-', `${URLSAFE}{36,}`],
  ['airtable-token', `pat${WORD}{14}\\.`, `${HEX}{64}`],
  ['contentful-token', 'CFPAT-', `${URLSAFE}{40,}`],
  ['square-token', 'sq0(?:atp|csp)-', `${URLSAFE}{22,}`],
  ['rubygems-key', 'rubygems_', `${HEX}{40,}`],
  ['resend-key', 're_', `${DIGIT_NEAR}${WORD}{7,12}_${WORD}{20,}`],
  ['sourcegraph-token', 'sgp_', `(?:${HEX}{16}_|local_)?${HEX}{40}`],
  ['dynatrace-token', 'dt0[a-z]\\d{2}\\.', `[A-Z0-9]{24}\\.[A-Z0-9]{60,}`],
  ['langsmith-key', 'lsv2_(?:pt|sk)_', `${HEX}{32}_${HEX}{10}`],
  ['posthog-key', 'phx_', `${WORD}{40,}`],
  ['typeform-token', 'tfp_', `${URLSAFE}{40,}`],
  ['plaid-token', 'access-(?:sandbox|development|production)-', `${HEX}{8}-(?:${HEX}{4}-){3}${HEX}{12}`],
  ['easypost-key', 'EZ[AT]K', `(?=${WORD}{0,30}\\d)${WORD}{54}`],
  ['adafruit-key', 'aio_', `${WORD}{28}(?!${WORD})`],
  ['aws-bedrock-key', 'ABSK', `(?=${WORD}{0,30}\\d)[A-Za-z0-9+/]{100,}={0,2}`],
  ['google-key', 'AQ\\.', `Ab8R${URLSAFE}{30,}`],
];

/** What precedes a prefix: no word, or an escape of JSON, or the end of a colour. */
const BOUNDARY = String.raw`(?:^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9a-fA-F]{4}|\dm)`;

/** Prefixes by the sign that they end with, which is rare: what precedes it is read only where one stands. */
const ENDINGS = [
  '(?:npm|hf|api_org|do[opr]_v1|gsk|shp[a-z]{2}|sbp|sb_secret|sk_org|lin_[a-z]+|ntn|secret|ops|r8|pscale_[a-z]+|glsa|glc|sntry[su]|fig[dour]h?|dckr_[a-z]+|CCIP[A-Z]{2}|bk[cpu]a?|nf[poc]|vc[paikr]|fo1|fm[12][ar]?|rubygems|re|sgp|lsv2_[a-z]+|phx|tfp|aio)_',
  '(?:pypi|gl[a-z]{2,5}|xai|sk-or|v1|key|xkeysib|KEY|sess|pplx|PMAK|tskey|NR[A-Z]{2}|pul|HRKU|CFPAT|sq0[a-z]{3}|access)-',
  String.raw`(?:SG|hv[sbr]|dp\.[a-z]+|xoxe|pat[A-Za-z0-9]{14}|dt0[a-z]\d\d|AQ)\.`,
].join('|');

/** Looked for once for all rules of this table. */
const HINTS: RedactionRule['hints'] = [
  {
    pattern: new RegExp(`[_.-](?=[A-Za-z0-9_+/.=-]{16})(?<=${BOUNDARY}(?:${ENDINGS}))`),
    // No token is shorter.
    anchors: [`(?:${PROVIDERS.map(([, prefix]) => prefix).join('|')})[A-Za-z0-9_+/.=-]{10}`],
  },
  'GR1348941',
  /dapi[A-Za-z0-9]{32}/,
  /AT(?:ATT|CTT|BB)[A-Za-z0-9]{8}/,
  /EZ[AT]K[A-Za-z0-9]{54}/,
  'ABSK',
];

/** Tokens of providers. */
export const PROVIDER_RULES: readonly RedactionRule[] = PROVIDERS.map(([kind, prefix, rest]) =>
  token(kind, HINTS, `(?:${prefix})`, rest),
);
