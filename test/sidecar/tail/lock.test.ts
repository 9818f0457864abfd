import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { acquireLock } from '../../../src/sidecar/tail/lock.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

async function otherProcess(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  };
  onTestFinished(kill);
  return { pid: child.pid ?? 0, kill };
}

const ownedBy = (path: string, pid: number, started = '') =>
  writeFileSync(path, JSON.stringify({ pid, host: hostname(), started }));

describe('the lock of an ADW', () => {
  it('is refused while its owner lives, and says who it is', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const { pid } = await otherProcess();
    ownedBy(path, pid);
    expect(() => acquireLock(path, { adwId: '1a2b3c4d', takeover: false })).toThrow(
      `ADW 1a2b3c4d is already being watched by process ${pid}.`,
    );
  });

  it('is taken when its owner is dead', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const { pid, kill } = await otherProcess();
    ownedBy(path, pid);
    await kill();
    expect(acquireLock(path, { adwId: '1a2b3c4d', takeover: false }).isHeld()).toBe(true);
  });

  it('is taken when another process has got the pid of its owner', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const { pid } = await otherProcess();
    ownedBy(path, pid, 'another start time');
    expect(acquireLock(path, { adwId: '1a2b3c4d', takeover: false }).isHeld()).toBe(true);
  });

  it('is taken from a living owner with takeover, who then sees that it is gone', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const first = acquireLock(path, { adwId: '1a2b3c4d', takeover: false });
    const { pid } = await otherProcess();
    ownedBy(path, pid);
    expect(first.isHeld()).toBe(false);
    expect(acquireLock(path, { adwId: '1a2b3c4d', takeover: true }).isHeld()).toBe(true);
  });

  it('is seen to be gone also when it has been held for long', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const lock = acquireLock(path, { adwId: '1a2b3c4d', takeover: false });
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    try {
      expect([lock.isHeld(), lock.isHeld()]).toEqual([true, true]);
    } finally {
      vi.useRealTimers();
    }
    const { pid } = await otherProcess();
    ownedBy(path, pid);
    expect(lock.isHeld()).toBe(false);
  });

  it('that is torn counts for none', () => {
    const path = join(temporaryDirectory(), 'lock');
    writeFileSync(path, '{"pid":');
    expect(acquireLock(path, { adwId: '1a2b3c4d', takeover: false }).isHeld()).toBe(true);
  });
});
