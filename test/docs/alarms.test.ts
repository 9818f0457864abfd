import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'jsonc-parser';
import { expect, test } from 'vitest';
import { ALARM_FIELDS } from '../../src/server/alarms/alarm.ts';
import { fieldsInEnvironment } from '../../src/server/alarms/command.ts';
import { alarmsSchema, readSecrets, WHENS } from '../../src/server/alarms/config.ts';
import { signatureOf } from '../../src/server/alarms/webhook.ts';

const page = readFileSync(new URL('../../docs/alarms.md', import.meta.url), 'utf8');
const blocks = (begin: string) =>
  [...page.matchAll(new RegExp(`${begin}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
/** First cells of the rows of tables that are code. */
const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);

const env = {
  SLACK_URL: 'https://hooks.slack.com/services/x',
  NTFY_AUTHORIZATION: 'Bearer x',
  PAGERDUTY_ROUTING_KEY: 'key',
};

test('docs/alarms.md has every rule, and every fact with its variable', () => {
  expect(named).toEqual(expect.arrayContaining([...WHENS, ...ALARM_FIELDS]));
  const variables = Object.keys(fieldsInEnvironment({} as Parameters<typeof fieldsInEnvironment>[0]));
  expect([...page.matchAll(/^\| `\w+` \| `(ADW_ALARM_\w+)` \|/gm)].map(([, name]) => name)).toEqual(variables);
});

test('its example and its recipes are what the config file takes', () => {
  const [example = ''] = blocks('^```jsonc');
  const recipes = blocks('^<!-- actions: .*-->\\n```jsonc');
  expect(recipes).toHaveLength(4);
  const configs = [parse(example).alarms, ...recipes.map(text => ({ actions: parse(text) }))];
  for (const config of configs)
    expect(Object.keys(readSecrets(alarmsSchema.parse(config), env).actions)).not.toEqual([]);
});

test('its check of a signature admits ours and nothing else', () => {
  const [check = ''] = blocks('^```python');
  const seconds = Math.floor(Date.now() / 1_000);
  const signature = signatureOf('key', 'a1', seconds, '{}');
  const asked = (body: string, at: number) =>
    `print(is_ours(b"key", {"webhook-id": "a1", "webhook-timestamp": "${at}", "webhook-signature": "${signature}"}, b"${body}"))\n`;
  const input = check + asked('{}', seconds) + asked('{ }', seconds) + asked('{}', seconds - 301);
  expect(execFileSync('python3', ['-'], { input, encoding: 'utf8' }).split('\n')).toEqual([
    'True',
    'False',
    'False',
    '',
  ]);
});
