import { z } from 'zod';
import { PHASE_CHARS_MAX } from '../../adw/phase.ts';
import { ALARM_FIELDS, fieldsNamedIn } from './alarm.ts';

/** Actions that need no settings: the bell of the terminal that the server runs in, and notifications of open pages. */
export const BUILT_IN_ACTIONS = ['terminal', 'browser'] as const;

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, 'a name is 1 to 40 letters, digits, "-" and "_"');

const variable = z.strictObject({
  env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'env wants the name of an environment variable'),
});

/** A text, or the environment variable that holds it. */
const secret = z.union([z.string().min(1), variable], { error: 'wants a text, or { "env": "NAME" }' });

type Template = string | number | boolean | null | { readonly env: string } | Template[] | { [key: string]: Template };

const text = z
  .string()
  .refine(value => fieldsNamedIn(value).every(field => ALARM_FIELDS.some(known => known === field)), {
    error: ({ input }) => {
      const unknown = fieldsNamedIn(String(input)).filter(field => !ALARM_FIELDS.some(known => known === field));
      return `knows no field {${unknown[0]}}: there are ${ALARM_FIELDS.join(', ')}`;
    },
  });

const template: z.ZodType<Template> = z.lazy(() =>
  z.union([text, z.number(), z.boolean(), z.null(), variable, z.array(template), z.record(z.string(), template)]),
);

const webhook = z.strictObject({
  type: z.literal('webhook'),
  url: secret,
  /** Signs each request; see docs/alarms.md. */
  secret: secret.optional(),
  headers: z.record(z.string().regex(/^[\w-]+$/, 'no name of a header'), secret).default({}),
  /** `json`: everything that is known of the alarm; `slack`: a message; an object: that, with {fields} filled in. */
  body: z.union([z.enum(['json', 'slack']), z.record(z.string(), template)]).default('json'),
});

const command = z.strictObject({
  type: z.literal('command'),
  /** The program and its arguments: no shell reads them. */
  command: z.array(z.string().refine(argument => !argument.includes('\0'))).min(1),
});

const action = z.discriminatedUnion('type', [webhook, command], { error: 'type wants webhook or command' });

const ofEvery = {
  /** What it is called; its `when` where there is one rule of the kind. */
  name: name.optional(),
  /** Names of actions; every one that there is when absent. */
  actions: z.array(name).optional(),
  /** Whether what came about long before the server learnt of it raises an alarm too, as when an old run is replayed. */
  past: z.boolean().default(false),
};

const rules = {
  failed: z.strictObject({ when: z.literal('failed'), ...ofEvery }),
  ended_without_result: z.strictObject({ when: z.literal('ended_without_result'), ...ofEvery }),
  stalled: z.strictObject({ when: z.literal('stalled'), ...ofEvery }),
  permission: z.strictObject({ when: z.literal('permission'), ...ofEvery }),
  completed: z.strictObject({ when: z.literal('completed'), ...ofEvery }),
  cost: z.strictObject({
    when: z.literal('cost'),
    /** US dollars. */
    above: z.number().positive(),
    /** Of one run, or of all that began on one day (UTC). */
    per: z.enum(['run', 'day']).default('run'),
    ...ofEvery,
  }),
  repeated_call: z.strictObject({
    when: z.literal('repeated_call'),
    /** In a row. */
    times: z.int().min(3).default(5),
    ...ofEvery,
  }),
  failing_test: z.strictObject({
    when: z.literal('failing_test'),
    /** Changes of files that have not helped. */
    fixes: z.int().min(1).default(3),
    ...ofEvery,
  }),
  slow_phase: z.strictObject({
    when: z.literal('slow_phase'),
    /** How many times as long as its median. */
    times: z.number().gt(1).default(3),
    /** Earlier runs of the workflow that the median needs. */
    runs: z.int().min(1).default(3),
    /** Its name: a classic one, or one of the workflow's own. */
    phase: z.string().min(1).max(PHASE_CHARS_MAX).optional(),
    ...ofEvery,
  }),
} as const;

/** What a rule can look for. */
export const WHENS = Object.keys(rules) as readonly (keyof typeof rules)[];

const rule = z.discriminatedUnion('when', Object.values(rules) as [typeof rules.failed, ...(typeof rules.cost)[]], {
  error: `when wants one of ${WHENS.join(', ')}`,
});

/** One rule, with a name that no other has. */
export type AlarmRule = { [When in keyof typeof rules]: z.output<(typeof rules)[When]> }[keyof typeof rules] & {
  readonly name: string;
};

/** The value of `alarms` in the config file. */
export const alarmsSchema = z
  .strictObject({ actions: z.record(name, action).default({}), rules: z.array(rule).default([]) })
  .superRefine(({ actions, rules: given }, context) => {
    const issue = (message: string, path: PropertyKey[]) => context.addIssue({ code: 'custom', message, path });
    const known = [...Object.keys(actions), ...BUILT_IN_ACTIONS];
    for (const built of BUILT_IN_ACTIONS)
      if (Object.hasOwn(actions, built)) issue(`"${built}" is an action that there always is`, ['actions', built]);
    const names = new Set<string>();
    for (const [index, { name: own, when, actions: wanted = [] }] of given.entries()) {
      const called = own ?? when;
      if (names.has(called)) issue(`two rules are called "${called}": give one a name`, ['rules', index]);
      names.add(called);
      for (const [at, one] of wanted.entries())
        if (!known.includes(one))
          issue(`there is no action "${one}", only ${known.join(', ')}`, ['rules', index, 'actions', at]);
    }
  })
  .transform(({ actions, rules: given }) => ({
    actions,
    rules: given.map(one => ({ ...one, name: one.name ?? one.when }) as AlarmRule),
  }));

/** What the config file says about alarms, with secrets still named by their variables. */
export type AlarmsConfig = z.output<typeof alarmsSchema>;

type WebhookConfig = z.output<typeof webhook>;

/** A webhook, its secrets read. */
export interface Webhook {
  readonly type: 'webhook';
  readonly url: string;
  readonly secret?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: WebhookConfig['body'];
}

/** A command with its arguments. */
export type Command = z.output<typeof command>;

/** What an alarm does, ready to be done. */
export type AlarmAction = Webhook | Command;

/** What a server needs to raise alarms. */
export interface AlarmSettings {
  readonly rules: readonly AlarmRule[];
  readonly actions: Readonly<Record<string, AlarmAction>>;
}

/** What is wrong with the alarms of a config file only where they are used: its message is no sentence, and quotes no secret. */
export class AlarmsFault extends Error {
  /** The keys that lead to it from the top of the file. */
  readonly place: readonly string[];

  constructor(place: readonly string[], message: string) {
    super(message);
    this.place = place;
  }
}

/**
 * Reads the secrets that `config` names from the environment.
 * @throws AlarmsFault that says which place names a variable that is not set, or holds no address
 */
export function readSecrets(config: AlarmsConfig, env: Readonly<Record<string, string | undefined>>): AlarmSettings {
  const actions = Object.entries(config.actions).map(([own, given]) => {
    const place = ['alarms', 'actions', own];
    return [own, given.type === 'command' ? given : webhookOf(given, place, env)] as const;
  });
  return { rules: config.rules, actions: Object.fromEntries(actions) };
}

function webhookOf(
  given: WebhookConfig,
  place: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Webhook {
  const read = (value: string | { readonly env: string }, ...keys: string[]): string => {
    if (typeof value === 'string') return value;
    const found = env[value.env];
    if (found === undefined || found === '') throw new AlarmsFault([...place, ...keys], `${value.env} is not set`);
    return found;
  };
  const fill = (value: Template, ...keys: string[]): Template => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(one => fill(one, ...keys));
    if (isVariable(value)) return read(value, ...keys);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, ...keys, key)]));
  };
  const header = ([key, value]: [string, WebhookConfig['url']]) =>
    [key, sendable(read(value, 'headers', key), [...place, 'headers', key])] as const;
  const url = read(given.url, 'url');
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : NO_URL;
  const isWeb = protocol === 'http:' || protocol === 'https:';
  if (!isWeb) throw new AlarmsFault([...place, 'url'], 'this is no http:// or https:// URL');
  if (username !== '' || password !== '')
    throw new AlarmsFault([...place, 'url'], 'it holds a password: give it in headers');
  return {
    type: 'webhook',
    url,
    ...(given.secret === undefined ? {} : { secret: read(given.secret, 'secret') }),
    headers: Object.fromEntries(Object.entries(given.headers).map(header)),
    body: typeof given.body === 'string' ? given.body : (fill(given.body, 'body') as Record<string, Template>),
  };
}

/** Refuses what no header can hold: `fetch` would quote the secret in its error. */
function sendable(value: string, place: readonly string[]): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new AlarmsFault(place, 'it holds what no HTTP header can, such as a line break');
  return value;
}

const NO_URL = { protocol: '', username: '', password: '' };

function isVariable(value: object): value is { readonly env: string } {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'env' && 'env' in value && typeof value.env === 'string';
}
