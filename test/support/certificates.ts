import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** An authority, and a certificate of it for `localhost`, for servers and clients, made in the directory `place`. */
export function makeCertificates(place: string): { caFile: string; certFile: string; keyFile: string } {
  const file = (name: string) => join(place, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const fresh = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  openssl('req', '-x509', ...fresh, '-subj', '/CN=authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', 'subjectAltName=DNS:localhost'];
  openssl(
    'req',
    '-x509',
    ...fresh,
    ...signed,
    '-subj',
    '/CN=node',
    '-keyout',
    file('key.pem'),
    '-out',
    file('cert.pem'),
  );
  return { caFile: file('ca.pem'), certFile: file('cert.pem'), keyFile: file('key.pem') };
}
