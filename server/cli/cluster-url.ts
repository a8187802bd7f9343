import type { ClusterKind } from '#server/contract/cluster.ts';
import { usageError } from './usage-error.ts';

export interface ClusterUrl {
  user: string;
  address: { host: string; port: number; database: string };
}

const forms = {
  postgres: { protocols: ['postgres:', 'postgresql:'], port: 5432, example: 'postgres://user@host:5432/database' },
  mysql: { protocols: ['mysql:', 'mariadb:'], port: 3306, example: 'mysql://user@host:3306' },
} as const;

/** Where a cluster is and as whom. Errors: usage. The text of a URL is never repeated: it may hold a password. */
export function parseClusterUrl(text: string, kind: ClusterKind): ClusterUrl {
  const form = kind === 'mysql' ? forms.mysql : forms.postgres;
  const wrong = (what: string) => usageError(`--url ${what}`, `Write it as in ${form.example}.`);
  if (!URL.canParse(text)) throw wrong('is not a URL');
  const url = new URL(text);
  if (url.password !== '') {
    throw usageError(
      '--url holds a password, which every process list and shell history can show',
      'Leave it out, and name an environment variable that holds it with --password-env. Change that password now.',
    );
  }
  if (!(form.protocols as readonly string[]).includes(url.protocol)) throw wrong(`does not fit kind ${kind}`);
  if (url.hostname === '') throw wrong('names no host');
  if (url.username === '') throw wrong('names no user');
  if (url.search !== '' || url.hash !== '') throw wrong('holds options; TLS is said with --tls-mode and its kin');
  return {
    user: decodeURIComponent(url.username),
    address: {
      host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? form.port : Number(url.port),
      database: decodeURIComponent(url.pathname.replace(/^\//, '')),
    },
  };
}
