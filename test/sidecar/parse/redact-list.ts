import { randomNumbers } from '../../support/random.ts';

/**
 * Realistic secrets and innocent texts, to count what redaction finds. Every secret is put together at run time from
 * pseudo-random characters, so that no scanner takes this file for a leak.
 */

/** Pseudo-random characters, those of the run's seed. */
function generator() {
  const next = randomNumbers();
  const of = (alphabet: string) => (length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join('');
  const digits = '0123456789';
  const lower = 'abcdefghijklmnopqrstuvwxyz';
  const upper = lower.toUpperCase();
  /** At least one of each of these, as generated values have. */
  const word = (length: number): string =>
    `${of(upper)(1)}${of(digits)(1)}${of(lower)(1)}${of(lower + upper + digits)(length - 3)}`;
  return {
    word,
    hex: (length: number) => `${of('abcdef')(1)}${of(digits)(1)}${of('abcdef0123456789')(length - 2)}`,
    digit: of(digits),
    capital: (length: number) => `${of(upper)(1)}${of('234567')(1)}${of(`${upper}234567`)(length - 2)}`,
    url: (length: number) => `${word(length - 4)}-${of(lower)(1)}_${of(digits)(1)}`,
    base64: (length: number) => `${word(length - 3)}+${of(upper)(1)}/`,
  };
}

/** What is secret of a text, and the text around it. */
export interface Sample {
  readonly kind: string;
  readonly secret: string;
  readonly text: string;
}

type Random = ReturnType<typeof generator>;

/** Tokens that are known by what they begin with. */
const TOKENS: Readonly<Record<string, (random: Random) => string>> = {
  npm: r => `npm${'_'}${r.word(36)}`,
  pypi: r => `pypi${'-'}AgEIcHlwaS5vcmc${r.url(120)}`,
  huggingface: r => `hf${'_'}${r.word(34)}`,
  gitlab: r => `glpat${'-'}${r.word(20)}`,
  'gitlab deploy': r => `gldt${'-'}${r.word(20)}`,
  'gitlab runner': r => `glrt${'-'}${r.word(20)}`,
  'gitlab trigger': r => `glptt${'-'}${r.hex(40)}`,
  'gitlab job': r => `glcbt${'-'}64_${r.word(20)}`,
  digitalocean: r => `dop${'_v1_'}${r.hex(64)}`,
  'digitalocean oauth': r => `doo${'_v1_'}${r.hex(64)}`,
  xai: r => `xai${'-'}${r.word(80)}`,
  openrouter: r => `sk-or${'-v1-'}${r.hex(64)}`,
  groq: r => `gsk${'_'}${r.word(52)}`,
  sendgrid: r => `SG${'.'}${r.word(22)}.${r.word(43)}`,
  mailgun: r => `key${'-'}${r.hex(32)}`,
  shopify: r => `shpat${'_'}${r.hex(32)}`,
  'shopify secret': r => `shpss${'_'}${r.hex(32)}`,
  'shopify custom': r => `shpca${'_'}${r.hex(32)}`,
  supabase: r => `sbp${'_'}${r.hex(40)}`,
  'supabase secret': r => `sb_secret${'_'}${r.word(22)}_${r.word(8)}`,
  'stripe organization': r => `sk_org${'_live_'}${r.word(40)}`,
  stripe: r => `sk${'_live_'}${r.word(24)}`,
  'stripe restricted': r => `rk${'_live_'}${r.word(24)}`,
  linear: r => `lin_api${'_'}${r.word(40)}`,
  notion: r => `ntn${'_'}${r.digit(11)}${r.word(35)}`,
  'notion old': r => `secret${'_'}${r.word(43)}`,
  vault: r => `hvs${'.'}${r.word(24)}`,
  'vault batch': r => `hvb${'.'}${r.word(90)}`,
  terraform: r => `${r.word(14)}${'.atlasv1.'}${r.word(67)}`,
  doppler: r => `dp${'.pt.'}${r.word(43)}`,
  'doppler service': r => `dp${'.st.'}dev_api.${r.word(43)}`,
  onepassword: r => `ops${'_'}eyJ${r.word(250)}`,
  age: r => `AGE-SECRET${'-KEY-'}1${r.capital(58)}`,
  'openai session': r => `sess${'-'}${r.word(40)}`,
  'anthropic oauth': r => `sk-ant${'-oat01-'}${r.url(86)}`,
  anthropic: r => `sk-ant${'-api03-'}${r.url(93)}`,
  openai: r => `sk${'-proj-'}${r.url(120)}`,
  perplexity: r => `pplx${'-'}${r.word(48)}`,
  replicate: r => `r8${'_'}${r.word(37)}`,
  databricks: r => `dapi${r.hex(32)}`,
  planetscale: r => `pscale_tkn${'_'}${r.word(43)}`,
  'planetscale password': r => `pscale_pw${'_'}${r.word(43)}`,
  grafana: r => `glsa${'_'}${r.word(32)}_${r.hex(8)}`,
  postman: r => `PMAK${'-'}${r.hex(24)}-${r.hex(34)}`,
  sentry: r => `sntrys${'_'}eyJ${r.word(100)}_${r.word(43)}`,
  atlassian: r => `ATATT3xFf${r.url(180)}=${r.capital(8)}`,
  figma: r => `figd${'_'}${r.url(40)}`,
  docker: r => `dckr_pat${'_'}${r.url(27)}`,
  tailscale: r => `tskey${'-auth-'}${r.word(17)}-${r.word(32)}`,
  'slack refresh': r => `xoxe${'.'}xoxp-1-${r.word(160)}`,
  slack: r => `xoxb${'-'}${r.digit(12)}-${r.digit(13)}-${r.word(24)}`,
  discord: r => `M${r.word(23)}.${r.word(6)}.${r.url(38)}`,
  telegram: r => `${r.digit(10).replace(/^0/, '7')}:AA${r.word(33)}`,
  github: r => `ghp${'_'}${r.word(36)}`,
  'github fine-grained': r => `github_pat${'_'}${r.word(22)}_${r.word(59)}`,
  aws: r => `AKIA${r.capital(16)}`,
  google: r => `AIza${r.word(35)}`,
  jwt: r => `eyJ${r.word(30)}.eyJ${r.word(80)}.${r.url(43)}`,
  newrelic: r => `NRAK${'-'}${r.capital(27)}`,
  circleci: r => `CCIPAT${'_'}${r.word(22)}_${r.hex(40)}`,
  netlify: r => `nfp${'_'}${r.word(40)}`,
  heroku: r => `HRKU${'-'}${r.url(60)}`,
  airtable: r => `pat${r.word(14)}.${r.hex(64)}`,
  square: r => `sq0atp${'-'}${r.url(22)}`,
  rubygems: r => `rubygems${'_'}${r.hex(48)}`,
  resend: r => `re${'_'}${r.word(8)}_${r.word(24)}`,
  mailchimp: r => `${r.hex(32)}-us21`,
  brevo: r => `xkeysib${'-'}${r.hex(64)}-${r.word(16)}`,
  langsmith: r => `lsv2_pt${'_'}${r.hex(32)}_${r.hex(10)}`,
};

/** Where tools show tokens: `#` is the token. */
const AROUND = [
  '#',
  'token is #.',
  'const client = new Client("#");',
  '  - value: #\n  - other: 1',
  'curl https://api.example.com -H "X-Key: #"\nok',
];

/** Secrets that their place tells: `#` is the secret, made by the first part. */
const PLACES: readonly (readonly [kind: string, secret: (random: Random) => string, texts: readonly string[]])[] = [
  [
    'azure key',
    r => `${r.base64(86)}==`,
    [
      'DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=#;EndpointSuffix=core.windows.net',
      'Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=#',
    ],
  ],
  [
    'azure signature',
    r => `${r.word(41)}%2B${r.word(4)}%3D`,
    ['https://shop.blob.core.windows.net/c/f?sv=2022-11-02&se=2030-01-01&sp=r&sig=#'],
  ],
  [
    'aws session token',
    r => `IQoJb3JpZ2luX2Vj${r.base64(300)}`,
    [
      'aws_session_token = #',
      'AWS_SESSION_TOKEN=#',
      '{"Credentials":{"SessionToken":"#","Expiration":"2030-01-01T00:00:00Z"}}',
      'X-Amz-Security-Token: #',
    ],
  ],
  [
    'aws secret key',
    r => `${r.word(20)}/${r.word(19)}`,
    ['aws_secret_access_key = #', 'AWS_SECRET_ACCESS_KEY=#', '{"SecretAccessKey":"#"}'],
  ],
  [
    'kubeconfig',
    r => `LS0tLS1CRUdJTi${r.base64(400)}=`,
    ['users:\n- name: admin\n  user:\n    client-key-data: #', '{"user":{"client-key-data":"#"}}'],
  ],
  ['kubeconfig token', r => r.word(64), ['users:\n- name: admin\n  user:\n    token: #\n']],
  [
    'kubernetes secret',
    r => Buffer.from(r.word(18)).toString('base64'),
    [
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  pass: #\ntype: Opaque',
      'apiVersion: v1\ndata:\n  pass: #\nkind: Secret\n',
      '{"kind":"Secret","data":{"pass":"#"}}',
    ],
  ],
  ['npmrc', r => r.base64(40), ['//npm.example.com/:_authToken=#', '_auth=#', '//npm.example.com/:_password=#']],
  [
    'netrc',
    r => r.word(16),
    ['machine github.com login me password #', 'machine github.com\n  login me\n  password #\n'],
  ],
  [
    'docker auth',
    r => Buffer.from(`me:${r.word(20)}`).toString('base64'),
    [
      '{"auths":{"https://index.docker.io/v1/":{"auth":"#"}}}',
      '{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "#"\n\t\t}\n\t}\n}',
    ],
  ],
  [
    'curl',
    r => r.word(14),
    [
      'curl -u admin:# https://example.com',
      'curl -uadmin:# https://example.com',
      'curl -s --user "me:#" https://example.com',
      'curl --proxy-user me:# http://example.com',
    ],
  ],
  [
    'docker login',
    r => r.word(14),
    [
      'docker login -u me -p # ghcr.io',
      'docker login -p # -u me',
      'docker login ghcr.io --username me --password #',
      'helm registry login -u me -p # ghcr.io',
    ],
  ],
  [
    'mysql',
    r => r.word(12),
    [
      'mysql -u root -p# shop',
      'mysql -p# -u root',
      'mysqldump -h db -uroot -p# shop > x.sql',
      'mysql --user=root --password=# shop',
    ],
  ],
  ['psql', r => r.word(12), ['PGPASSWORD=# psql -h db shop', 'psql postgres://shop:#@db:5432/shop']],
  ['redis', r => r.word(20), ['redis-cli -h cache -a # ping', 'redis://default:#@cache:6379']],
  [
    'cookie',
    r => r.word(40),
    [
      'Cookie: theme=dark; session=#',
      'Set-Cookie: sid=#; Path=/; HttpOnly',
      'curl -H "Cookie: sid=#" https://example.com',
      '{"headers":{"set-cookie":["sid=#; Path=/"]}}',
    ],
  ],
  [
    'api key header',
    r => r.word(32),
    ['X-API-Key: #', 'curl -H "x-api-key: #" https://example.com', '{"X-Api-Key":"#"}', 'PRIVATE-TOKEN: #'],
  ],
  [
    'authorization',
    r => r.word(40),
    ['Authorization: Bearer #', '{"authorization":"Bearer #"}', 'Authorization: Basic #=='],
  ],
  [
    'yaml password',
    r => r.word(12),
    [
      'db:\n  password: #\n  port: 5432',
      'spring.datasource.password: #',
      'password: #',
      '- name: a\n  db_password: # # the old one\n',
    ],
  ],
  ['ini password', r => r.word(12), ['[client]\npassword = #\n', 'smtp_password = #']],
  ['yaml token', r => r.word(32), ['api_key: #', 'slack:\n  token: #\n', 'auth_token: #']],
  ['shadow', r => `$6$${r.word(8)}$${r.word(86)}`, ['root:#:19000:0:99999:7:::', 'me:#:19000:0:99999:7:::\n']],
  ['shadow yescrypt', r => `$y$j9T$${r.word(22)}$${r.word(43)}`, ['root:#:19000:0:99999:7:::']],
  ['htpasswd', r => `$2y$05$${r.word(53)}`, ['admin:#']],
  [
    'env',
    r => r.word(24),
    [
      'API_KEY=#',
      'export DB_PASSWORD=#',
      'CLIENT_SECRET="#"',
      "export STRIPE_WEBHOOK_SECRET='#'",
      'ENCRYPTION_KEY=#',
      'ARG NPM_TOKEN=#',
    ],
  ],
  ['code', r => r.word(32), ['const apiKey = "#";', '{"client_secret":"#"}', "password: '#'", 'api_key="#"']],
  [
    'discord webhook',
    r => r.url(68),
    [
      'https://discord.com/api/webhooks/123456789012345678/#',
      'https://discordapp.com/api/webhooks/123456789012345678/#',
    ],
  ],
  ['telegram url', r => `1234567890:AA${r.word(33)}`, ['https://api.telegram.org/bot#/sendMessage']],
  ['slack webhook', r => `T${r.capital(8)}/B${r.capital(8)}/${r.word(24)}`, ['https://hooks.slack.com/services/#']],
  [
    'url',
    r => r.word(12),
    ['https://me:#@github.com/me/x.git', 'mongodb+srv://shop:#@cluster0.example.net/db', 'amqp://me:#@mq:5672'],
  ],
  ['flag', r => r.word(24), ['deploy --token # --yes', 'vault login --token=#', 'app --password # start']],
];

/** Several hundred secrets in the texts that show them. */
export function secretSamples(): Sample[] {
  const random = generator();
  const tokens = Object.entries(TOKENS).flatMap(([kind, make]) =>
    AROUND.map(around => {
      const secret = make(random);
      return { kind, secret, text: around.replace('#', () => secret) };
    }),
  );
  const places = PLACES.flatMap(([kind, make, texts]) =>
    texts.map(text => {
      const secret = make(random);
      return { kind, secret, text: text.replace('#', () => secret) };
    }),
  );
  return [...tokens, ...places];
}

const SHA1 = '3f786850e387550fdab836ed7e6dc881de23001b';
const UUID = '4a354806-cc21-41f1-8805-59fb7734ba3e';
const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** Names that end like those of secrets, with what they hold. */
const NAMES: readonly (readonly [names: readonly string[], values: readonly string[]])[] = [
  [
    ['PRIMARY_KEY', 'FOREIGN_KEY', 'SORT_KEY', 'PARTITION_KEY', 'sort_key', 'primary_key', 'foreign_key', 'lookup_key'],
    ['id', 'user_id', 'created_at', 'tenant_id,created_at'],
  ],
  [
    ['CACHE_KEY', 'cache_key', 'RESTORE_KEY', 'STORAGE_KEY', 'OBJECT_KEY', 'S3_KEY'],
    ['npm-deps-linux-x64-v3', 'game-2048-theme', 'uploads/2026/01/a.png', 'v1'],
  ],
  [
    ['pageToken', 'nextToken', 'PAGE_TOKEN', 'NEXT_TOKEN', 'continuation_token'],
    ['next', 'page', 'undefined', 'abc'],
  ],
  [
    ['EOS_TOKEN', 'PAD_TOKEN', 'BOS_TOKEN', 'MASK_TOKEN', 'UNK_TOKEN'],
    ['</s>', '<pad>', '[MASK]', '2'],
  ],
  [
    [
      'PUBLIC_KEY',
      'REGISTRY_KEY',
      'SHORTCUT_KEY',
      'HOT_KEY',
      'MAP_KEY',
      'PROJECT_KEY',
      'ISSUE_KEY',
      'TRANSLATION_KEY',
      'IDEMPOTENCY_KEY',
      'FEATURE_KEY',
    ],
    ['ctrl+k', 'home.title', 'ADW-123', 'dark-mode'],
  ],
  [
    ['token', 'TOKEN', 'API_KEY', 'password', 'DB_PASSWORD', 'client_secret'],
    ['', '<your-token>', '${{ secrets.TOKEN }}', '$TOKEN', 'process.env.TOKEN', 'null'],
  ],
];

const PLAIN: readonly string[] = [
  `commit ${SHA1}`,
  `session ${UUID}`,
  `"session_id":"${UUID}","token":"${UUID}"`,
  `sha256:${SHA256}`,
  `image: ghcr.io/me/app@sha256:${SHA256}`,
  '"id":"toolu_01FEBqrTyhE9uYYe4mHxhoUu"',
  '"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message"',
  `"data":"artifact:images/${SHA256}.png;bytes=812"`,
  '"max_tokens": 5, "input_tokens":12345678901234567890',
  'integrity: sha512-Zl1Yb2x0c2FtcGxlaW50ZWdyaXR5aGFzaA==',
  'resolved "https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz#5b8a3a7765dfe001261dde915589e782f8c94d1e"',
  'pageToken=CAUQAAabc123',
  '{"nextPageToken":"EAAaBlBUOkNBVQ1234567890abcd"}',
  'CACHE_KEY=3f786850e387550fdab836ed7e6dc881de23001b',
  'STRIPE_PUBLISHABLE_KEY=pk_live',
  'SHOW_PASSWORD=1',
  'password: string',
  'password: z.string().min(8)',
  'password: str = Field(..., min_length=8)',
  'password: required',
  'token: string | undefined',
  'token: req.headers.authorization',
  'secret: ${{ secrets.GITHUB_TOKEN }}',
  'api_key: os.environ["API_KEY"]',
  'apiKey: process.env.OPENAI_API_KEY,',
  'const token = await getToken({ req });',
  'if (token === undefined) throw new Error("no token");',
  'The token is read from the environment.',
  'Enter your password to continue.',
  'password must be at least 8 characters',
  'curl -u "$USER:$PASSWORD" https://example.com',
  'curl -s https://example.com/health',
  'docker run -u 1000:1000 alpine id',
  'docker login ghcr.io --username me --password-stdin',
  'mysql -u root -p shop',
  'mysql -h db -P 3306 shop',
  'psql -h db -p 5432 shop',
  'ssh -p 2222 me@host',
  'mkdir -p packages/server',
  'cp -p a b && redis-cli ping',
  'Set-Cookie: theme=dark; Path=/',
  'Cookie: consent=yes; lang=en',
  'cookies are set by the server',
  'const cookie = parse(header);',
  'X-Request-Id: 4a354806cc2141f1880559fb7734ba3e',
  'X-Forwarded-For: 10.0.0.1',
  'x-api-key: <key>',
  'X-API-Key: your-api-key',
  'machine learning with login forms and password fields',
  'login me\npassword reset',
  'root:x:0:0:root:/root:/bin/bash',
  'me:!:19000:0:99999:7:::',
  'kind: Secret\nmetadata:\n  name: database\n  namespace: default\ntype: Opaque',
  'kind: ConfigMap\ndata:\n  mode: ZGFyaw==',
  '{"kind":"Deployment","metadata":{"name":"frontend"}}',
  'key-value-store-with-a-long-name-2024',
  'keys: key-0123',
  'npm_config_registry=https://registry.npmjs.org',
  'npm_lifecycle_event=test',
  'npm_package_version',
  'hf_hub_download(repo_id="x")',
  'from hf_transfer import download_files_in_parallel',
  'glob-parent glpat is a prefix',
  'pypi-attestation-models-and-some-more-words-in-a-name',
  'sk-fading-circle sk-container-wrapper-element',
  'class="risk-management-overview-panel-2024"',
  'sess-store session-manager',
  'xai-explanations-for-models-in-production',
  'ops_per_second=1200',
  'ops_dashboard_overview_page',
  're_compile(pattern) re_match_groups_2',
  'secret_santa_list',
  'secret_manager_service_account_name_of_the_project',
  'SG.prototype.render',
  'dp.pt.x dp[i].st',
  'hvs.example hvac',
  'r8_optimizer=true',
  'figd figma_file_key',
  'dapi.get("/users")',
  'lin_api_reference.md',
  'AT&T ATTRIBUTE_NAMES ATBB',
  'tskey-example',
  'eyJ is how a header begins',
  'age: 42',
  'ph_values = [7.0, 7.4]',
  'const a3 = A3-B4',
  'the bearer of this letter',
  'Authorization: Bearer <token>',
  'Authorization header is missing',
  'authorization: see commit 3f78',
  'http://localhost:3000/@vite/client',
  'git@github.com:me/x.git',
  'https://user@example.com/path',
  'postgres://db:5432/shop',
  'https://example.com/?sig=ok&page=2',
  'https://example.com/a?signature=none',
  'AccountName=shop;AccountKey=<key>',
  'discord.com/api/webhooks/123456789012345678/<token>',
  'https://discord.com/channels/123456789012345678/987654321098765432',
  'time 12:34:56 and 2026:AA',
  '1234567890:AAA',
  'v1.2.3-beta.4+build.5678901234567890',
  'node_modules/.pnpm/@babel+core@7.24.0/node_modules',
  'test/fixtures/secret-scanner/README.md',
  'src/auth/password-reset.ts:42:  const token = newToken();',
  'git diff --cached --token-limit 5',
  'app --token-file /run/secrets/token',
  'app --password-file=/run/secrets/db',
  'app --secret my-secret-name',
  'gcloud secrets versions access latest --secret=my-app-secret',
  'kubectl get secret db -o yaml',
  'kubectl create secret generic db --from-file=./token',
  'vault kv get secret/data/app',
  'aws secretsmanager get-secret-value --secret-id shop/db',
  'SECRET_NAME=shop/db',
  'TOKEN_COUNT=5',
  'MAX_TOKEN=4096',
  'PASSWORD_MIN_LENGTH=12',
  'TOKEN_URL=https://example.com/oauth/token',
  'KEY=value',
  'API_KEY_NAME=x',
  'const KEY = "theme";',
  'for (const key of Object.keys(map)) {}',
  'keyboard: { key: "Enter" }',
  '{"key":"value","token":"word"}',
  '{"token_type":"bearer","expires_in":3600}',
  '{"type":"tool_use","name":"Bash","input":{"command":"ls"}}',
  'BEGIN PUBLIC KEY',
  '-----BEGIN CERTIFICATE-----',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample me@host',
  'SHA256:uNiVztksCsDhcc0u9e8BrrsIbm7cXYZabcdefghij me@host',
  'arn:aws:iam::123456789012:role/deploy',
  'projects/123456/secrets/db/versions/latest',
  'etag: "33a64df551425fcc55e4d42a148795d9f25f89d4"',
  'W/"0815"',
  'data:image/png;base64,iVBORw0KGgo=',
  'base64: aGVsbG8gd29ybGQ=',
  'uuid=4a354806-cc21-41f1-8805-59fb7734ba3e',
  'trace_id=4bf92f3577b34da6a3ce929d0e0e4736',
  'span=00f067aa0ba902b7',
  'ETH 0x52908400098527886E0F7030069857D2E4169EE7',
  'md5 d41d8cd98f00b204e9800998ecf8427e',
  'color: #ff00ff; token: --color-primary',
  'token: "--space-2"',
  'password: "Enter your password"',
  'placeholder="Password"',
  '<input type="password" name="password" />',
  '"password": {"type": "string", "minLength": 8}',
  'password=password',
  'password=request.form["password"]',
  'password=${DB_PASSWORD:-}',
  'token=$(gh auth token)',
  'export TOKEN="$(cat /run/secrets/token)"',
  'secret = secrets.token_hex(32)',
  'const secret = crypto.randomBytes(32).toString("hex");',
  'cookie: { httpOnly: true, sameSite: "lax" }',
  'Set-Cookie header with SameSite=Strict',
];

/** Several hundred texts that hold no secret, though they look like those that do. */
export function innocentTexts(): string[] {
  const named = NAMES.flatMap(([names, values]) => names.flatMap(name => values.map(value => `${name}=${value}`)));
  return [...PLAIN, ...named];
}
