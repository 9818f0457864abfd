import { expect, onTestFinished, test } from 'vitest';
import { runServe } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { openPage } from './world.ts';

test('a person who has logged in logs out on the page, and is out', async () => {
  const server = await runServe(temporaryDirectory(), { args: ['--token', 'a-token-of-this-test'] });
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  const { page } = await openPage(server.url, '');
  await page.getByLabel('Token').fill('a-token-of-this-test');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('No workflow has reported yet.').waitFor();
  const cookies = await page.context().cookies();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await page.context().cookies()).toEqual([]);
  // Whoever has kept the cookie is out as well.
  await page.context().addCookies(cookies);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Log in' }).waitFor();
});
