import { existsSync } from 'node:fs';
import type { LaunchOptions } from 'playwright-core';

const SHELL = '/usr/bin/chromium-headless-shell';

/** A page of the tests lives for seconds, in a process of its own: compiling for speed costs more than it brings back. */
const INTERPRETED = '--js-flags=--no-sparkplug --no-maglev --no-opt';

/** How Playwright starts the browser that `npm test` installed. */
export const CHROMIUM: LaunchOptions = {
  executablePath: existsSync(SHELL) ? SHELL : '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', INTERPRETED],
  // Signals are not the browser's affair. Playwright's handlers are the process's, from any browser on that asks for them until
  // none runs: at a signal that another file of the process sends itself, they would end it.
  handleSIGINT: false,
  handleSIGTERM: false,
  handleSIGHUP: false,
};
