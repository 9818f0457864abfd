import { describe, expect, test } from 'vitest';
import { wantsColor } from '../../../src/cli/output/style.ts';
import { createTerminal, defaultForm } from '../../../src/cli/output/terminal.ts';
import { fakeTerminal, testIo } from '../helpers.ts';

const quietly = { output: undefined, verbose: false, quiet: false };

describe('the form of output', () => {
  test('is pretty on a terminal, plain in a pipe or on a dumb one, minimal below a coding agent', async () => {
    const { stdout: pipe } = await testIo();
    const stdout = fakeTerminal();
    expect(defaultForm({ stdout, env: {} })).toBe('pretty');
    expect(defaultForm({ stdout, env: { TERM: 'dumb' } })).toBe('plain');
    expect(defaultForm({ stdout: pipe, env: {} })).toBe('plain');
    expect(defaultForm({ stdout: pipe, env: { CLAUDECODE: '1' } })).toBe('minimal');
  });

  test('has colour where NO_COLOR, FORCE_COLOR and TERM allow it', async () => {
    const { stdout: pipe } = await testIo();
    const terminal = fakeTerminal();
    expect(wantsColor(terminal, {})).toBe(true);
    expect(wantsColor(terminal, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor(terminal, { TERM: 'dumb' })).toBe(false);
    expect(wantsColor(pipe, {})).toBe(false);
    expect(wantsColor(pipe, { FORCE_COLOR: '1' })).toBe(true);
    expect(wantsColor(terminal, { FORCE_COLOR: '0' })).toBe(false);
  });
});

describe('what is printed', () => {
  test('data goes to stdout, logs to stderr', async () => {
    const io = await testIo();
    const terminal = createTerminal(io, quietly, () => {});
    terminal.print('data');
    terminal.log.report('watch_started', { adw_id: 'log \u001b[2J line', server: 'a\nb' });
    terminal.log.report('watch_one_of_all', { adw_id: 'not without -v' });
    expect([io.out(), io.err()]).toEqual(['data\n', 'info: watching log line server=a b\n']);
  });

  test('--quiet leaves only what went wrong, --verbose adds the rest', async () => {
    const quiet = await testIo();
    const terminal = createTerminal(quiet, { ...quietly, quiet: true }, () => {});
    terminal.log.report('closing');
    terminal.note('y');
    terminal.log.report('checkpoint_unread', { error: 'z' });
    expect(quiet.err()).toBe('warn: Checkpoint not read: z\n');
    const verbose = await testIo();
    createTerminal(verbose, { ...quietly, verbose: true }, () => {}).log.report('watch_one_of_all', { adw_id: 'x' });
    expect(verbose.err()).toBe('debug: watching x\n');
  });

  test('ndjson logs are records, with the time', async () => {
    const io = await testIo();
    createTerminal(io, { ...quietly, output: 'ndjson' }, () => {}).log.report('file_too_large', {
      path: 'a',
      bytes: 3,
    });
    expect(JSON.parse(io.err())).toMatchObject({
      level: 'warn',
      event: 'file_too_large',
      message: 'a is too large to be shown (3 bytes).',
      bytes: 3,
      time: expect.any(String),
    });
  });

  test.each([
    ['ENOSPC', false],
    ['EIO', false],
    ['EIO', true],
  ])('stdout that fails with %s is told once, unless it was a terminal: %s', async (code, isTTY) => {
    const io = await testIo();
    const told: unknown[] = [];
    createTerminal({ ...io, stdout: Object.assign(io.stdout, { isTTY }) }, quietly, error => told.push(error));
    const error = Object.assign(new Error('write'), { code });
    for (const _ of [1, 2]) io.stdout.emit('error', error);
    expect(told).toEqual([isTTY ? undefined : error]);
  });

  test('stderr that fails is told to nobody, and written again when there is room', async () => {
    const io = await testIo();
    const terminal = createTerminal(io, quietly, () => expect.unreachable());
    io.stderr.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }));
    terminal.note('room again');
    io.stderr.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    terminal.note('nobody reads this');
    expect(io.err()).toBe('room again\n');
  });

  test('a reader that has gone ends the command quietly', async () => {
    const io = await testIo();
    let closed = 0;
    const terminal = createTerminal(io, quietly, () => {
      closed += 1;
    });
    io.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    terminal.print('nobody reads this');
    expect([closed, io.out()]).toEqual([1, '']);
  });
});
