import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { checkNats } from '../../../src/cli/doctor/nats.ts';
import { openJetStreamStore } from '../../../src/server/store/jetstream/open.ts';
import { killNatsServerIn, natsServerIn } from '../../server/store/jetstream/nats-server.ts';
import { ROOT } from '../../source-files.ts';
import { temporaryDirectory } from '../helpers.ts';

const access = { stream: 'adw' };

/** The URL of a nats-server with these arguments, which ends with the test. */
async function natsServer(...args: string[]): Promise<string> {
  const place = await temporaryDirectory();
  onTestFinished(() => killNatsServerIn(place));
  return (await natsServerIn(place, args)).url;
}

/** The URL of a nats-server with this configuration. */
async function configured(lines: string): Promise<string> {
  const file = join(await temporaryDirectory(), 'nats.conf');
  await writeFile(file, lines);
  return natsServer('-c', file);
}

/** The URL of a port at which `greet` is what happens to each client. */
async function served(greet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}));
    greet(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise(resolve => server.once('listening', resolve));
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('without a nats-server', () => {
  test('nothing is tried for SQLite', async () => {
    expect(await checkNats('sqlite', access)).toEqual([]);
  });

  test('a port that is closed, silent or of another program is told, each for itself', async () => {
    const silent = await served(() => {});
    const other = await served(socket => socket.end('220 smtp ready\r\n'));
    const broken = await served(socket => socket.end('INFO {"version":}\r\n'));
    const found = await checkNats(`nats://127.0.0.1:1,${silent},${other},${broken}`, access);
    expect(found.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual(Array(4).fill('NATS problem'));
    expect(found.map(({ message }) => /\((.*)\)/.exec(message)?.[1])).toEqual([
      'ECONNREFUSED',
      'it says nothing',
      'something else than NATS answers',
      'something else than NATS answers',
    ]);
  });

  test.each(['natz://ada:s3cret@host', 'nats://ada:s3cret@'])(
    '%s is no store, and is told without its password',
    async store => {
      const [found] = await checkNats(store, access);
      expect(found).toMatchObject({ check: 'store', verdict: 'problem' });
      expect(JSON.stringify(found)).not.toContain('s3cret');
    },
  );

  test('a credentials file that is not there is told by its name', async () => {
    const url = await served(socket => socket.write('INFO {"version":"2.9.10"}\r\n'));
    const credsFile = join(await temporaryDirectory(), 'none.creds');
    expect(await checkNats(url, { ...access, credsFile })).toMatchObject([
      { verdict: 'problem', message: expect.stringContaining(credsFile) },
    ]);
  });
});

describe('a nats-server', () => {
  test('that lets in everybody is fit, and says what replicas would need', async () => {
    const [nats, jetStream] = await checkNats(await natsServer(), access);
    expect(nats).toMatchObject({
      verdict: 'ok',
      message: expect.stringMatching(/is nats-server \d+\.\d+\.\d+, asks for no/),
    });
    expect(jetStream).toMatchObject({
      verdict: 'ok',
      message: expect.stringContaining('the log "adw" will be made, one copy'),
    });
  });

  test('is left as it is, and a log in it is found', async () => {
    const url = await natsServer();
    const message = async () => (await checkNats(url, access))[1]?.message;
    expect(await message()).toContain('will be made');
    expect(await message()).toContain('will be made');
    await (await openJetStreamStore({ servers: [url], log: silentLogger })).close();
    expect(await message()).toContain('the log "adw" is there, one copy');
  });

  test('with user and password accepts those in options, or in any of the URLs, and refuses others', async () => {
    const url = await natsServer('--user', 'ada', '--pass', 'right-one');
    const asked = async (store: string, options = {}) => {
      const found = await checkNats(store, { ...access, ...options });
      expect(JSON.stringify(found)).not.toMatch(/ada|right-one|wrong-one/);
      return found.at(0);
    };
    const accepted = { verdict: 'ok', message: expect.stringContaining('accepts the credentials') };
    expect(await asked(url, { user: 'ada', password: 'right-one' })).toMatchObject(accepted);
    expect(await asked(url.replace('//', '//ada:right-one@'))).toMatchObject(accepted);
    expect(await asked(`${url},nats://ada:right-one@127.0.0.1:1`)).toMatchObject(accepted);
    expect(await asked(url)).toMatchObject({
      verdict: 'problem',
      message: expect.stringContaining('wants credentials'),
    });
    const refused = { verdict: 'problem', message: expect.stringContaining('refuses the credentials') };
    expect(await asked(url, { user: 'ada', password: 'wrong-one' })).toMatchObject(refused);
    expect(await asked(url.replace('//', '//ada:wrong-one@'))).toMatchObject(refused);
  });

  test('with a token accepts the right one', async () => {
    const url = await natsServer('--auth', 'right-one');
    expect((await checkNats(url, { ...access, token: 'right-one' })).map(({ verdict }) => verdict)).toEqual([
      'ok',
      'ok',
    ]);
    const [found] = await checkNats(url, { ...access, token: 'wrong-one' });
    expect(found).toMatchObject({ verdict: 'problem', remedy: expect.stringContaining('ADW_STREAM_STORE_TOKEN') });
    expect(JSON.stringify(found)).not.toMatch(/right-one|wrong-one/);
  });

  test('without JetStream, for an account or at all, or without the right to it, lets us in and says which', async () => {
    const url = await configured(`
      accounts {
        WITHOUT { users [{ user: without, password: p }] }
        WITH {
          jetstream: enabled
          users [{ user: with, password: p }, { user: bound, password: p, permissions { publish: "x.>" } }]
        }
      }`);
    const asked = async (user: string) => (await checkNats(url, { ...access, user, password: 'p' }))[1];
    expect(await asked('with')).toMatchObject({ verdict: 'ok' });
    expect(await asked('without')).toMatchObject({ verdict: 'problem', message: expect.stringContaining('is off') });
    expect(await asked('bound')).toMatchObject({
      verdict: 'problem',
      message: expect.stringContaining('may not be used'),
    });
  });

  test('whose log `serve` would refuse is told why', async () => {
    const url = await natsServer();
    await (await openJetStreamStore({ servers: [url], log: silentLogger })).close();
    expect((await checkNats(url, { ...access, replicas: 3 }))[1]).toMatchObject({
      verdict: 'problem',
      message: expect.stringContaining('has 1 replicas, not 3'),
    });
  });

  test('is left by a doctor that exits with 1 for what is refused', async () => {
    const url = (await natsServer('--auth', 'right-one')).replace('//', '//wrong-one@');
    const args = [join(ROOT, 'bin', 'adw-stream.js'), 'doctor', '--port', '0', '--store', url];
    const failed: unknown = await promisify(execFile)(process.execPath, args, {
      cwd: await temporaryDirectory(),
    }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('refuses the credentials') });
    expect(JSON.stringify(failed, ['stdout', 'stderr'])).not.toContain('wrong-one');
  });
});
