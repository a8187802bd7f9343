import type { MysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';

/** ER_XAER_RMERR and missing privilege: MySQL wants XA_RECOVER_ADMIN. */
const notAllowed = new Set([1401, 1227]);

/**
 * The transactions that lie between prepare and commit on this node, each as `X'gtrid',X'bqual'` (and the format id
 * when it is not 1), the way XA COMMIT takes it. Null when this user may not ask.
 */
export async function preparedXids(connection: MysqlConnection): Promise<string[] | null> {
  try {
    if (connection.flavor === 'mariadb') {
      const rows = await connection.query("XA RECOVER FORMAT = 'SQL'");
      return rows.map((row) => String(row.data));
    }
    const rows = await connection.query('XA RECOVER CONVERT XID');
    return rows.map((row) => fromHex(String(row.data), Number(row.gtrid_length), Number(row.formatID)));
  } catch (error) {
    if (!notAllowed.has(mysqlErrno(error) ?? 0)) throw error;
    return null;
  }
}

/** `0x…`: both parts without a mark between them. */
function fromHex(data: string, gtridBytes: number, formatId: number): string {
  const hex = data.replace(/^0x/i, '').toLowerCase();
  const parts = `X'${hex.slice(0, gtridBytes * 2)}',X'${hex.slice(gtridBytes * 2)}'`;
  return formatId === 1 ? parts : `${parts},${formatId}`;
}
