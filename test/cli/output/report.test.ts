import { describe, expect, test } from 'vitest';
import { AdwStreamError } from '../../../src/base/errors.ts';
import { errorReport, exitCodeOf } from '../../../src/cli/output/report.ts';
import type { Paint } from '../../../src/cli/output/style.ts';

const paint: Paint = (_style, text) => text;
const unreachable = new AdwStreamError('server_unreachable', 'http://x does not answer.', {
  cause: new Error('connect failed', { cause: new Error('ECONNREFUSED \u001b[2J') }),
});

describe('an error on the terminal', () => {
  test('is one line that says what and where, and one that says what to do', () => {
    expect(errorReport(unreachable, { paint, verbose: false })).toBe(
      'error: http://x does not answer.\nhint:  Start one with: adw-stream serve',
    );
  });

  test('with -v has its causes, safe to print', () => {
    expect(errorReport(unreachable, { paint, verbose: true }).split('\n').slice(2)).toEqual([
      'cause: connect failed',
      'cause: ECONNREFUSED',
    ]);
  });

  test('with -v has all causes that came together', () => {
    const cause = new AggregateError([new Error('no ::1'), new Error('no 127.0.0.1')]);
    const error = new AdwStreamError('server_unreachable', 'x', { cause });
    expect(errorReport(error, { paint, verbose: true }).split('\n').slice(2)).toEqual([
      'cause: no ::1',
      'cause: no 127.0.0.1',
    ]);
  });

  test('that says itself what to do has no hint', () => {
    expect(errorReport(new AdwStreamError('invalid_option', 'a\nb'), { paint, verbose: false })).toBe('error: a b');
  });

  test('that is a fault of ours shows its stack only with -v', () => {
    const fault = new TypeError('x is undefined');
    expect(errorReport(fault, { paint, verbose: false })).not.toContain('report.test');
    expect(errorReport(fault, { paint, verbose: true })).toContain('report.test');
  });

  test('that is its own cause ends', () => {
    const circular = new Error('round');
    circular.cause = circular;
    expect(errorReport(circular, { paint, verbose: true })).toContain('round');
  });

  test('gives the exit code of its row, and 1 for a fault', () => {
    expect([exitCodeOf(unreachable), exitCodeOf(new Error('x'))]).toEqual([4, 1]);
  });
});
