import { delimiter } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { settle } from './after.ts';
import { killMarked, markProcesses } from './survivors.ts';

/** Runs before each test file, in the process that runs it: what all tests have in common. */

// Debian has nats-server in /usr/sbin, which a user's PATH leaves out.
const path = new Set([...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']);
process.env.PATH = [...path].join(delimiter);

// The first hook of a file runs last: after the test's own, which may still stop their processes in a kinder way.
const mark = markProcesses();
afterAll(() => killMarked(mark));
afterAll(() => settle('file'));
afterEach(() => settle('test'));
