import { existsSync } from 'node:fs';
import type { LaunchOptions } from 'playwright-core';

const SHELL = '/usr/bin/chromium-headless-shell';

/** How Playwright starts the browser that `npm test` installed. */
export const CHROMIUM: LaunchOptions = {
  executablePath: existsSync(SHELL) ? SHELL : '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
};
