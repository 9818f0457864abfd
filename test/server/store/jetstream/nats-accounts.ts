import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';

/** What a nats-server that knows accounts by signed claims is started with, and what a user of one shows it. */
export interface Accounts {
  readonly configFile: string;
  readonly credsFile: string;
}

const FOREVER = -1;
const UNLIMITED = { subs: FOREVER, data: FOREVER, payload: FOREVER };
const ACCOUNT_LIMITS = {
  ...UNLIMITED,
  imports: FOREVER,
  exports: FOREVER,
  wildcards: true,
  conn: FOREVER,
  leaf: FOREVER,
};
const JETSTREAM_LIMITS = { mem_storage: FOREVER, disk_storage: FOREVER, streams: FOREVER, consumer: FOREVER };

/** An operator, an account with JetStream and a user of it, as `nsc` makes them, in files in `place`. */
export async function makeAccounts(place: string): Promise<Accounts> {
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const limits = { ...ACCOUNT_LIMITS, ...JETSTREAM_LIMITS };
  const preload = {
    [system.getPublicKey()]: claims(operator, system, { type: 'account', limits: ACCOUNT_LIMITS }),
    [account.getPublicKey()]: claims(operator, account, { type: 'account', limits }),
  };
  const lines = [
    `operator: ${claims(operator, operator, { type: 'operator', system_account: system.getPublicKey() })}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    `resolver_preload: { ${Object.entries(preload)
      .map(entry => entry.join(': '))
      .join(', ')} }`,
  ];
  const [configFile, credsFile] = [join(place, 'accounts.conf'), join(place, 'user.creds')];
  await writeFile(configFile, lines.join('\n'));
  const token = claims(account, user, { type: 'user', ...UNLIMITED });
  const seed = new TextDecoder().decode(user.getSeed());
  await writeFile(credsFile, [...framed('NATS USER JWT', token), ...framed('USER NKEY SEED', seed)].join('\n'), {
    mode: 0o600,
  });
  return { configFile, credsFile };
}

function framed(name: string, text: string): string[] {
  return [`-----BEGIN ${name}-----`, text, `------END ${name}------`, ''];
}

/** A JSON Web Token in which `issuer` says what `subject` is. */
function claims(issuer: nkeys.KeyPair, subject: nkeys.KeyPair, nats: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: 'test', nats: { ...nats, version: 2 } };
  const text = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ ...body, jti: subject.getPublicKey(), iat: 1 })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
