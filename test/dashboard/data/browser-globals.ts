import { vi } from 'vitest';
import { afterEveryFile } from '../../setup/after.ts';

afterEveryFile(() => void vi.unstubAllGlobals());

/**
 * What the page's modules ask of a browser, for a test file that runs them in Node: a place, pictures, requests, and whether the page is seen.
 * The modules keep the page's state, so those that are imported from now on are new ones.
 */
export function standInForBrowser(origin: string): { show(isShown: boolean): void } {
  const fetchOfNode = fetch;
  const document = Object.assign(new EventTarget(), { hidden: false });
  const history = { pushState: () => {}, replaceState: () => {} };
  const globals = {
    document,
    history,
    window: globalThis,
    location: { origin, hash: '' },
    localStorage: { getItem: () => null, setItem: () => {} },
    requestAnimationFrame: (draw: () => void) => setTimeout(draw, 1),
    cancelAnimationFrame: clearTimeout,
    // A page's addresses are relative to its own.
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetchOfNode(typeof input === 'string' ? new URL(input, origin) : input, init),
  };
  // Node has no browser. What a person sees is held in Chromium, by the files beside this folder; here it is the page's data,
  // against a real server.
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  vi.resetModules();
  return {
    show(isShown) {
      document.hidden = !isShown;
      document.dispatchEvent(new Event('visibilitychange'));
    },
  };
}
