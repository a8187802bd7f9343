/**
 * How one database server is reached. These values exist only inside an executor: they hold opened passwords and
 * must never be logged, stored in a job, or sent to a browser. `node` is the name people know; errors carry it.
 */
export type TlsMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/**
 * `require` encrypts and trusts anybody, `verify-ca` checks the chain against `ca` (PEM), `verify-full` also checks
 * the name: `serverName` when given, else the address. `cert` and `key` (PEM) are the client's own.
 */
export interface TlsAccess {
  readonly mode: TlsMode;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
}

/** A MySQL or MariaDB server; `socketPath`, when given, is used instead of host and port. */
export interface MysqlAccess {
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsAccess;
  /** False: what sessions opened with this write does not go to the server's binlog. Needs the privilege. */
  readonly logBin?: boolean;
}

export interface PostgresAccess {
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsAccess;
}
