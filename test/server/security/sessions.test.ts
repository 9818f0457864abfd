import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { createSessions, SESSION_MS } from '../../../src/server/security/sessions.ts';
import { openSqliteStore } from '../../../src/server/store/sqlite/index.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const tokens = { token: 'write-me', readToken: 'read-me' };

async function openLog() {
  const dataDir = temporaryDirectory();
  const store = await openSqliteStore({ dataDir, log: silentLogger });
  return { dataDir, store };
}

describe('a session', () => {
  it('gives what its token gave, until it is closed: then its streams are cut, and its name is worth nothing', async () => {
    const { store } = await openLog();
    const sessions = createSessions({ ...tokens, records: store.records, clock: { now: () => 0 } });
    const name = await sessions.open('read');
    const [stream, asking] = [new Socket(), new Socket()];
    expect(await sessions.accessOf(name, stream)).toBe('read');
    expect(await sessions.accessOf(name, asking)).toBe('read');
    await sessions.close(name, asking);
    expect(await sessions.accessOf(name, asking)).toBeUndefined();
    expect([stream.destroyed, asking.destroyed]).toEqual([true, false]);
    await store.close();
  });

  it('outlives a restart of the server, and no copy of the log lets its reader in', async () => {
    const { dataDir, store } = await openLog();
    const name = await createSessions({ ...tokens, records: store.records, clock: { now: () => 0 } }).open('write');
    await store.close();
    const again = await openSqliteStore({ dataDir, log: silentLogger });
    const sessions = createSessions({ ...tokens, records: again.records, clock: { now: () => 1 } });
    expect(await sessions.accessOf(name, new Socket())).toBe('write');
    expect(await sessions.accessOf(`${name}x`, new Socket())).toBeUndefined();
    await again.close();
  });

  it('ends after a week, and with the token that opened it', async () => {
    const { store } = await openLog();
    let now = 0;
    const clock = { now: () => now };
    const name = await createSessions({ ...tokens, records: store.records, clock }).open('write');
    const other = createSessions({ ...tokens, token: 'another', records: store.records, clock });
    expect(await other.accessOf(name, new Socket())).toBeUndefined();
    const second = await createSessions({ ...tokens, records: store.records, clock }).open('write');
    now = SESSION_MS;
    expect(
      await createSessions({ ...tokens, records: store.records, clock }).accessOf(second, new Socket()),
    ).toBeUndefined();
    await store.close();
  });
});
