import type { PostgresAccess, TlsAccess } from '../access.ts';
import { byName, type StorageNode } from './survey.ts';

/** The name of the computing node; no storage node may be called the same. */
export const computingNodeName = 'computing';

/** A row of pg_foreign_server with the two options that say where it is; null where the option is not set. */
export interface ForeignServer {
  oid: number;
  name: string;
  /** Function that makes the wrapper what it is; the wrapper itself may be named anything. */
  handler: string;
  wrapper: string;
  host: string | null;
  port: string | null;
}

export type ServerKind = 'mysql' | 'postgres' | 'other';

export function serverKind(server: Pick<ForeignServer, 'handler'>): ServerKind {
  if (server.handler === 'mysql_fdw_handler') return 'mysql';
  return server.handler === 'postgres_fdw_handler' ? 'postgres' : 'other';
}

/**
 * MySQL-wire storage nodes behind foreign servers. Two servers with one address are one node, named like the first of
 * them by name: taking it twice would hold its commits twice and read it twice.
 */
export function storageNodes(
  servers: readonly ForeignServer[],
  computing: Pick<PostgresAccess, 'host'>,
  login: { user: string; password: string; tls: TlsAccess },
): StorageNode[] {
  const byAddress = new Map<string, StorageNode>();
  const names = new Set(servers.map((server) => server.name));
  for (const server of [...servers].sort((a, b) => byName(a.name, b.name))) {
    if (serverKind(server) !== 'mysql') continue;
    const { host, port } = addressOf(server, computing.host);
    const key = `${isLoopback(host) ? 'loopback' : host.toLowerCase()}\n${port}`;
    const known = byAddress.get(key);
    if (known) {
      known.servers.push(server.name);
      continue;
    }
    const node = nodeName(server.name, names);
    byAddress.set(key, { name: node, servers: [server.name], access: { node, host, port, ...login } });
  }
  return [...byAddress.values()];
}

/** mysql_fdw's own defaults are 127.0.0.1 and 3306. */
function addressOf(server: ForeignServer, computingHost: string): { host: string; port: number } {
  const host = server.host ?? '127.0.0.1';
  const port = server.port === null ? 3306 : Number(server.port);
  // A loopback address is the computing node's own: from another machine the same server is found at its address.
  return { host: isLoopback(host) && !isLoopback(computingHost) ? computingHost : host, port };
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host) || host.startsWith('/');
}

function nodeName(server: string, taken: ReadonlySet<string>): string {
  if (server !== computingNodeName) return server;
  for (let name = `${server}_server`; ; name += '_') if (!taken.has(name)) return name;
}
