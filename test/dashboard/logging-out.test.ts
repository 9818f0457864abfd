import { expect, test } from 'vitest';
import { axeFindings } from './axe.ts';
import { adwHash, openPage, serve } from './world.ts';

const TOKEN = 'a-token-of-this-test';

test('a person who has logged in logs out on the page, and is out', async () => {
  const server = await serve({ token: TOKEN });
  const { page } = await openPage(server.url, '');
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('No workflow has reported yet.').waitFor();
  const cookies = await page.context().cookies();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await page.context().cookies()).toEqual([]);
  // A browser that has kept the cookie is out as well.
  await page.context().addCookies(cookies);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Log in' }).waitFor();
});

test('a session that ended elsewhere is said with the way in, which leads back to what was shown', async () => {
  const server = await serve({ token: TOKEN });
  const post = await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ type: 'text_block', data: { adw_id: '1a2b3c4d', agent_role: 'builder', content: 'hello' } }),
  });
  expect(post.status).toBe(200);
  const { page } = await openPage(server.url, adwHash('1a2b3c4d', 'tab=cost'));
  await page.getByLabel('Token').fill('another-token-of-nobody');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('That is not a token of this server.').waitFor();
  const logIn = async () => {
    await page.getByLabel('Token').fill(TOKEN);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('#tab-cost[aria-selected=true]').waitFor();
  };
  await logIn();
  await page.locator('.fresh, .chip', { hasText: 'live' }).first().waitFor();
  const logOutElsewhere = async () => {
    const [cookie] = await page.context().cookies();
    const headers = { cookie: `${cookie!.name}=${cookie!.value}` };
    await fetch(`${server.url}/logout`, { method: 'POST', headers, redirect: 'manual' });
  };
  await logOutElsewhere();
  await page.getByText('Your session has ended.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: 'Log in again' }).click();
  await logIn();
  await page.getByLabel('All workflows').click();
  await page.locator('[data-adw]').waitFor();
  await logOutElsewhere();
  await page.getByText('Your session has ended.').waitFor();
  await page.getByRole('link', { name: 'Log in again' }).waitFor();
  await page.locator('[data-adw]').first().click();
  await page.locator('.adw').getByText('Your session has ended.').waitFor();
  await page.getByRole('link', { name: 'Log in again' }).click();
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('All workflows').click();
  // The list goes on being told; the search is a request of its own.
  await page.locator('[data-adw]').waitFor();
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'In contents' }).click();
  await page.getByRole('searchbox').fill('hello');
  await page.locator('.contents').getByRole('link', { name: 'Log in again' }).waitFor();
});
