import { expect, test } from 'vitest';
import { openPage, serve } from './world.ts';

const RUNS = 260;
const DONE = { status: 'completed', message: 'all is done' };

/** A server with so many runs that only the rows on the screen exist: all but the first are over, the last has failed. */
async function serveRuns() {
  const server = await serve();
  const events = Array.from({ length: RUNS }, (_, index) => {
    const adw_id = `run${String(index).padStart(4, '0')}`;
    const timestamp = new Date(Date.now() - (index + 1) * 60_000).toISOString();
    const failed = index === RUNS - 1;
    const said = failed ? { status: 'failed', message: 'the session limit was reached' } : DONE;
    return {
      type: 'status_update',
      data: { adw_id, event_id: adw_id, timestamp, timing: 'exact', workflow_name: 'sdlc', ...said },
    };
  });
  const answer = await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(await answer.json()).toMatchObject({ accepted: RUNS });
  return server;
}

test('the list says why, is found by what it shows, and is as it was left when its reader comes back', async () => {
  const server = await serveRuns();
  const { page, errors } = await openPage(server.url, '#/');
  const rows = page.locator('.adw-row[data-adw]');
  await rows.first().waitFor();
  expect(await rows.first().getAttribute('data-adw')).toBe('run0000');

  await page.getByLabel('Filter workflows').fill('limit');
  await expect.poll(() => rows.count()).toBe(1);
  expect(await rows.innerText()).toContain('session limit');
  await page.getByLabel('Filter workflows').fill('');

  await page.getByRole('button', { name: 'Last event' }).click();
  await expect.poll(() => rows.first().getAttribute('data-adw')).toBe('run0259');
  expect(new URL(page.url()).hash).toBe('#/?sort=-last');

  await page.locator('.adw-rows').evaluate(list => list.scrollTo(0, 4_000));
  const shown = page.locator('[data-adw="run0150"]');
  await shown.click();
  await page.locator('.adw-header').waitFor();
  await page.goBack();
  await shown.waitFor();
  expect(new URL(page.url()).hash).toBe('#/?sort=-last');
  await expect.poll(() => page.locator('.adw-rows').evaluate(list => list.scrollTop)).toBe(4_000);
  expect(errors).toEqual([]);
});

test('the header says what failed today, and a click lists it', async () => {
  const server = await serveRuns();
  const { page } = await openPage(server.url, '#/');
  const timestamp = new Date().toISOString();
  const said = { workflow_name: 'sdlc', status: 'failed', message: 'no' };
  const data = { adw_id: 'failing1', event_id: 'f', timestamp, timing: 'exact', ...said };
  await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ type: 'status_update', data }]),
  });
  await page.getByRole('button', { name: /^\d failed today$/ }).click();
  await page.locator('[data-adw="failing1"]').waitFor();
  expect(new URL(page.url()).hash).toBe('#/?status=failed&period=today');
  await expect.poll(() => page.locator('.adw-row[data-adw]').count()).toBeLessThanOrEqual(2);
});
