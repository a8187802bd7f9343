/** How to open one database server, secrets included. Made in an executor only; never logged, never stored. */
export interface TlsAccess {
  mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** PEM texts. */
  ca?: string;
  cert?: string;
  key?: string;
  serverName?: string;
}

export interface MysqlAccess {
  node: string;
  host: string;
  port: number;
  socketPath?: string;
  user: string;
  password: string;
  tls: TlsAccess;
}

export interface PostgresAccess {
  node: string;
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  tls: TlsAccess;
}
