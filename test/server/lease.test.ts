import { afterEach, describe, expect, it } from 'vitest';
import { doAlone } from '../../src/server/lease.ts';
import { LEASE_MS } from '../../src/server/store/store.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { until } from '../support/until.ts';

describe('a job that one server does', () => {
  const answers: (boolean | Error)[] = [];
  const asked: string[] = [];
  const turns: AbortSignal[] = [];
  const abortedAtError: (boolean | undefined)[] = [];
  let stop = async (): Promise<void> => undefined;
  afterEach(async () => {
    await stop();
    answers.length = 0;
    for (const list of [asked, turns, abortedAtError]) list.length = 0;
  });

  /** The last answer holds on. */
  const leases = {
    take: async () => {
      asked.push('take');
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) {
        abortedAtError.push(turns.at(-1)?.aborted);
        throw answer;
      }
      return answer === true;
    },
    giveBack: async () => void asked.push('give back'),
  };
  const run = (clock = { now: () => 0 }) => {
    const { log, recorded } = recordingLogger();
    const work = async (signal: AbortSignal) => {
      turns.push(signal);
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    };
    stop = doAlone({ leases, name: 'otlp', work, log, clock, renewMs: 5 });
    return recorded;
  };

  it('is begun with the lease, ended when it is lost, begun again with it, and ended before it is given back', async () => {
    answers.push(false, false, true, true, false, true);
    run();
    await until('the job was begun twice', () => turns.length === 2);
    expect(turns.map(({ aborted }) => aborted)).toEqual([true, false]);
    await stop();
    expect(turns[1]?.aborted).toBe(true);
    expect(asked.at(-1)).toBe('give back');
  });

  it('goes on while it is not known who has the lease, until it cannot be this server any more', async () => {
    answers.push(true, new Error('no answer'));
    let now = 0;
    // Asking takes so long that little is left of the lease when it is answered.
    const clock = { now: () => (now += LEASE_MS - 200) };
    const recorded = run(clock);
    await until('the lease was over', () => turns[0]?.aborted);
    expect(abortedAtError[0]).toBe(false);
    expect(recorded[0]?.name).toBe('lease_unknown');
  });
});
