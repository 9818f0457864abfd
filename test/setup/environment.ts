import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { settle } from './after.ts';
import { killMarked, markProcesses } from './survivors.ts';

/** Runs before each test file, in the process that runs it: what all tests have in common. */

// Debian has nats-server in /usr/sbin, which a user's PATH leaves out.
const path = new Set([...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']);
process.env.PATH = [...path].join(delimiter);

// A sidecar scans every directory beside its runs for plans, and again when one comes or goes there: what a test of another
// process does in a directory for all cost it a tenth of a core.
if (basename(tmpdir()) !== `${process.pid}`) {
  process.env.TMPDIR = join(tmpdir(), `${process.pid}`);
  mkdirSync(process.env.TMPDIR, { recursive: true });
}

// The first hook of a file runs last: after the test's own, which may still stop their processes in a kinder way.
const mark = markProcesses();
afterAll(() => killMarked(mark));
afterAll(() => settle('file'));
afterEach(() => settle('test'));
