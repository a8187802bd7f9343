import type { MysqlAccess } from '#server/engine/access.ts';
import type { MysqlConnection } from './connection.ts';
import { catalogText as text } from './definition-text.ts';

/**
 * The replicas that are connected to a server and say where they are (`report_host`), to be reached with the server's own
 * login. Anybody who may replicate can say any host, which would learn enough of the login to use it: so empty, too, unless
 * TLS proves whose a host is. Empty when there are none, when they do not say it, and when this user may not ask.
 */
export async function connectedReplicas(connection: MysqlConnection, access: MysqlAccess): Promise<MysqlAccess[]> {
  if (access.tls.mode !== 'verify-ca' && access.tls.mode !== 'verify-full') return [];
  const sql = connection.flavor === 'mysql' ? 'SHOW REPLICAS' : 'SHOW REPLICA HOSTS';
  const rows = await connection.query(sql).catch(() => []);
  const { user, password, tls } = access;
  return rows
    .map((row) => ({ host: text(row.Host), port: Number(row.Port) }))
    .filter(({ host }) => host !== '')
    .map(({ host, port }) => ({ node: `${host}:${port}`, host, port, user, password, tls }));
}
