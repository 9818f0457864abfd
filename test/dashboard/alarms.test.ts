import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { startHere } from '../e2e/processes.ts';
import { postEvents } from '../server/running.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { openPage } from './world.ts';

/** What the page asked the browser to show; its window is the browser's own otherwise. */
const RECORD = `
  window.shown = [];
  window.asked = 0;
  const request = Notification.requestPermission.bind(Notification);
  class Recorded {
    static get permission() { return window.asked > 0 ? 'granted' : 'default'; }
    static async requestPermission() { window.asked += 1; await request(); return 'granted'; }
    constructor(title, options) { window.shown.push({ title, ...options, self: this }); }
    close() {}
  }
  window.Notification = Recorded;
`;
const shown = (page: Page): Promise<{ title: string; body: string }[]> =>
  page.evaluate('shown.map(({ title, body }) => ({ title, body }))');

test('the page tests the actions, and notifies its reader, once asked to, of alarms as they come', async () => {
  const dataDir = temporaryDirectory();
  const config = join(dataDir, 'config.json');
  const command = (code: number) => ({ type: 'command', command: [process.execPath, '-e', `process.exit(${code})`] });
  const actions = { good: command(0), bad: command(3) };
  const rules = [
    { when: 'permission', actions: ['browser'] },
    { when: 'cost', above: 5, actions: ['good'] },
  ];
  writeFileSync(config, JSON.stringify({ alarms: { actions, rules } }));
  const server = await startHere(['serve', '--port', '0', '--data-dir', dataDir, '--config', config]);
  const [url] = await server.says(/http:\S+/);
  const { page, errors } = await openPage(url, '#/');
  await page.evaluate(RECORD);

  await page.getByRole('button', { name: 'Alarms' }).click();
  await page.getByText('permission').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('good: exit code 0').waitFor();
  expect(await page.locator('dialog.alarms [role=status]').innerText()).toMatch(/error\s+bad: exit code 3/);

  expect(await page.evaluate('asked')).toBe(0);
  await page.getByRole('button', { name: 'Notify me in this browser' }).click();
  await page.locator('button[aria-pressed=true]', { hasText: 'Notify me' }).waitFor();
  await expect
    .poll(async () => (await (await fetch(`${url}/api/v1/connections`)).json()).connections.length)
    // The list's, and that of alarms.
    .toBe(2);
  await page.keyboard.press('Escape');
  const about = { adw_id: '1a2b3c4d', agent_role: 'builder' };
  const waiting = { for: 'permission', message: 'Bash rm' };
  await postEvents(url, [
    { type: 'session_started', data: { ...about, model: 'm' } },
    { type: 'session_ended', data: { ...about, subtype: 'success', is_error: false, result: 'r', total_cost_usd: 9 } },
    { type: 'session_started', data: { ...about, model: 'm' } },
    { type: 'agent_log', data: { ...about, attempt: 1, level: 'WARNING', message: 'asks', waiting } },
  ]);
  await expect.poll(() => shown(page)).toHaveLength(1);
  expect(await shown(page)).toEqual([
    { title: 'adw permission', body: expect.stringContaining('waits for a permission') },
  ]);

  await page.evaluate('shown[0].self.onclick()');
  await page.locator('article[aria-current=true], article.is-selected, .inspector').first().waitFor();
  expect(new URL(page.url()).hash).toMatch(/^#\/adw\/1a2b3c4d\?ev=/);
  await page.getByText('waits for a permission').first().waitFor();
  expect(errors).toEqual([]);
});
