import type { ClusterKind } from '#server/contract/cluster.ts';
import type { MysqlAccess, PostgresAccess, TlsAccess } from './access.ts';

/**
 * How to open every node of one cluster, secrets included: made in an executor (`executor/connect.ts`), never stored,
 * never logged. On `fdw` the computing node tells where the storage nodes are; `storage` opens each of them.
 */
export type ClusterAccess = AnyAccess & {
  /** By storage node: a replica that may be read instead, with the node's credentials. */
  readonly replicas?: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
};

type AnyAccess =
  | {
      kind: 'fdw' | 'klustron';
      id: string;
      name: string;
      computing: PostgresAccess;
      storage: { user: string; password: string; tls: TlsAccess };
    }
  | { kind: 'mysql'; id: string; name: string; node: MysqlAccess }
  | { kind: 'postgres'; id: string; name: string; computing: PostgresAccess };

export type { ClusterKind };
