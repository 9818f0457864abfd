/**
 * Runs commands side by side, as in `node scripts/side-by-side.mjs 'npm run lint' 'npm run build'`. The first that fails ends
 * the others, with all that they have started, and this with its code; so does a signal.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

let isEnding = false;
// Before a command runs: a signal that came between would leave it behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void end(1));
const running = process.argv.slice(2).map(command => {
  // The leader of a process group, which holds what it starts, too.
  const child = spawn(command, { shell: true, detached: true, stdio: 'inherit' });
  child.once('exit', code => {
    if (code !== 0) void end(code ?? 1);
  });
  return { group: child.pid, ended: once(child, 'exit') };
});

async function end(code) {
  if (isEnding) return;
  isEnding = true;
  for (const { group } of running) terminate(group);
  await Promise.all(running.map(({ ended }) => ended));
  process.exit(code);
}

function terminate(group) {
  try {
    process.kill(-group, 'SIGTERM');
  } catch {
    // It has ended.
  }
}
