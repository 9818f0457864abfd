/**
 * What shared test code wants done after each test, or after each test file. Files run one after the other in one process,
 * where a module that several import is run once: a hook that it set by itself would be the first file's alone.
 */

type Action = () => void | Promise<void>;

const actions = { test: new Set<Action>(), file: new Set<Action>() };

/** Does this after each test from now on, in whichever file. */
export function afterEveryTest(action: Action): void {
  actions.test.add(action);
}

/** Does this after each test file from now on. */
export function afterEveryFile(action: Action): void {
  actions.file.add(action);
}

/** Does what is due after a test or a file: the last that was asked for first. */
export async function settle(which: keyof typeof actions): Promise<void> {
  for (const action of [...actions[which]].reverse()) await action();
}
