/** What the page's modules ask of a browser, for tests that run them in Node: a place, pictures, and whether the page is seen. */
export function standInForBrowser(origin: string): { show(isShown: boolean): void } {
  const document = Object.assign(new EventTarget(), { hidden: false });
  const history = { pushState: () => {}, replaceState: () => {} };
  Object.assign(globalThis, {
    document,
    history,
    window: globalThis,
    location: { origin, hash: '' },
    localStorage: { getItem: () => null, setItem: () => {} },
    requestAnimationFrame: (draw: () => void) => setTimeout(draw, 1),
    cancelAnimationFrame: clearTimeout,
  });
  return {
    show(isShown) {
      document.hidden = !isShown;
      document.dispatchEvent(new Event('visibilitychange'));
    },
  };
}
