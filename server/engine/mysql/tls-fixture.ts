import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** Paths, for the server's configuration. */
  readonly caFile: string;
  readonly serverCertFile: string;
  readonly serverKeyFile: string;
  /** PEM texts, for the client. */
  readonly ca: string;
  readonly strangerCa: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** A CA, a server certificate for `db.test` and 127.0.0.1, a client certificate, and a CA nobody trusts. Tests only. */
export function makeCertificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const authority = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  const signed = (name: string, extensions: string) => {
    writeFileSync(at(`${name}.ext`), extensions);
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
  };
  authority('ca');
  authority('stranger');
  signed('server', 'subjectAltName=DNS:db.test,IP:127.0.0.1\n');
  signed('client', 'extendedKeyUsage=clientAuth\n');
  chmodSync(at('server.key'), 0o644); // the server runs as another user; the key protects nothing
  const text = (name: string) => readFileSync(at(name), 'utf8');
  return {
    caFile: at('ca.pem'),
    serverCertFile: at('server.pem'),
    serverKeyFile: at('server.key'),
    ca: text('ca.pem'),
    strangerCa: text('stranger.pem'),
    clientCert: text('client.pem'),
    clientKey: text('client.key'),
  };
}
