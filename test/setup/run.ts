import { isOwnChild, killMarked, markProcesses } from './survivors.ts';

/** Runs once around all test files, beside the processes that run them. */
export default function setup(): () => Promise<void> {
  const mark = markProcesses();
  // A test process that crashed ended nothing. Those that still run are vitest's to end.
  return () => killMarked(mark, isOwnChild);
}
