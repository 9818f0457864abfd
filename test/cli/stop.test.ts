import { describe, expect, test } from 'vitest';
import { listenForStop } from '../../src/cli/stop.ts';

describe('being asked to stop', () => {
  test('a signal of the caller drains like SIGTERM: a clean end', () => {
    const outer = new AbortController();
    const stop = listenForStop(outer.signal);
    expect(stop.signal.aborted).toBe(false);
    outer.abort();
    expect([stop.signal.aborted, stop.exitCode(), stop.wasInterrupted()]).toEqual([true, 0, false]);
  });

  test('a caller that has given up already is heard', () => {
    expect(listenForStop(AbortSignal.abort()).signal.aborted).toBe(true);
  });

  test('SIGINT ends with 130 and is told to the listeners', () => {
    const before = process.listenerCount('SIGINT');
    const stop = listenForStop(undefined);
    const heard: string[] = [];
    stop.onSignal(name => heard.push(name));
    process.emit('SIGINT', 'SIGINT');
    expect([stop.signal.aborted, stop.exitCode(), heard]).toEqual([true, 130, ['SIGINT']]);
    stop.dispose();
    // A second Ctrl-C while the process ends must not end it by the signal: the exit code stays ours.
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      for (const listener of process.listeners(name).slice(before)) process.off(name, listener);
    }
  });

  test('a terminal that is closed is heard of as often as it is told, and ends with 129', () => {
    const before = process.listenerCount('SIGHUP');
    const stop = listenForStop(undefined);
    for (const _ of ['by the shell', 'by the kernel']) process.emit('SIGHUP', 'SIGHUP');
    expect([stop.signal.aborted, stop.exitCode(), stop.wasInterrupted()]).toEqual([true, 129, true]);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      for (const listener of process.listeners(name).slice(before)) process.off(name, listener);
    }
  });

  test('a command that was never asked to stop leaves the signals alone afterwards', () => {
    const before = process.listenerCount('SIGINT');
    listenForStop(undefined).dispose();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  test('a request from within is no signal', () => {
    const stop = listenForStop(new AbortController().signal);
    stop.request();
    expect([stop.signal.aborted, stop.exitCode()]).toEqual([true, 0]);
  });
});
