import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { countReports } from '../../../src/server/api/metrics.ts';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { rawRequest, startTestServer } from '../running.ts';

describe('refused requests', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are told at once, and a flood of them as a number a minute', () => {
    const { log, recorded } = recordingLogger();
    const refusals = createRefusalLog(log);
    const lines = () => recorded.filter(({ level }) => level === 'warn').map(({ line }) => line);
    for (let n = 0; n < 1_000; n++) refusals.note('wrong token', '10.0.0.1');
    refusals.note('flood', '10.0.0.2');
    expect(lines()).toEqual(['Refused a request (wrong token).', 'Refused a request (flood).']);
    vi.advanceTimersByTime(60_000);
    expect(lines().at(-1)).toBe('Refused 999 more requests (wrong token) within a minute.');
    vi.advanceTimersByTime(600_000);
    refusals.note('wrong token', '10.0.0.1');
    expect(lines()).toHaveLength(4);
    refusals.close();
  });

  it('are counted one by one, without waiting for the minute', async () => {
    const registry = new Registry();
    const refusals = createRefusalLog(countReports(silentLogger, registry));
    for (let n = 0; n < 1_000; n++) refusals.note('wrong token', '10.0.0.1');
    const counted = () => registry.getSingleMetricAsString('adw_stream_requests_refused_total');
    expect(await counted()).toMatch(/\{kind="wrong token"\} 1000$/);
    vi.advanceTimersByTime(60_000);
    expect(await counted()).toMatch(/\{kind="wrong token"\} 1000$/);
    refusals.close();
  });
});

it('of a running server are told, each kind: a foreign name, a foreign page, a wrong token, a flood', async () => {
  const { log, recorded } = recordingLogger();
  const server = await startTestServer({ token: 'write-me', rateLimit: 4, log });
  onTestFinished(() => server.remove());
  const ask = (headers: Record<string, string>) => rawRequest(server.port, { path: '/api/v1/adws', headers });
  await ask({ host: 'evil.example' });
  await ask({ origin: 'http://evil.example' });
  for (let n = 0; n < 5; n++) await ask({ authorization: 'Bearer guess' });
  const kinds = recorded.filter(({ name }) => name === 'request_refused').map(({ fields }) => fields.kind);
  expect(kinds).toEqual(['foreign name', 'foreign page', 'wrong token', 'flood']);
});
