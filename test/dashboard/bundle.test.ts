import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openPage, serve } from './world.ts';

describe('the first load', () => {
  test('is under 150 KB of JavaScript, packed', async () => {
    const server = await serve();
    const html = await (await fetch(server.url, { headers: { accept: 'text/html' } })).text();
    const scripts = [...html.matchAll(/(?:src|href)="\.?(\/[^"]+\.js)"/g)].map(match => match[1]);
    expect(scripts.length).toBeGreaterThan(0);
    let packed = 0;
    for (const script of scripts) {
      const text = await (await fetch(server.url + script)).text();
      packed += gzipSync(text).length;
    }
    expect(packed).toBeLessThan(150 * 1024);
  });

  test('comes packed, named by its content, to be kept for good', async () => {
    const server = await serve();
    const html = await (await fetch(server.url, { headers: { accept: 'text/html' } })).text();
    const script = /src="\.?(\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
    expect(script).toMatch(/-[\w-]{8}\.js$/);
    const answer = await fetch(server.url + script, { headers: { 'accept-encoding': 'br' } });
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(answer.headers.get('cache-control')).toContain('immutable');
  });

  test('asks no other host, and says how to begin when there is nothing yet', async () => {
    const server = await serve();
    const { page, errors, foreign } = await openPage(server.url, '#/');
    await page.getByText('No workflow has reported yet.').waitFor();
    expect(await page.locator('.empty').innerText()).toContain('adw-stream watch');
    expect([errors, foreign]).toEqual([[], []]);
  });
});
