import type { MysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';

/** ER_XAER_RMERR and missing privilege: MySQL wants XA_RECOVER_ADMIN. */
const notAllowed = new Set([1401, 1227]);

/**
 * The transactions that lie between prepare and commit on this node, each in one spelling that XA COMMIT takes:
 * `X'gtrid',X'bqual'` in lower-case hexadecimal, and the format id when it is not 1. Null when this user may not ask.
 */
export async function preparedXids(connection: MysqlConnection): Promise<string[] | null> {
  try {
    if (connection.flavor === 'mariadb') {
      const rows = await connection.query("XA RECOVER FORMAT = 'SQL'");
      return rows.map((row) => fromSql(String(row.data), Number(row.formatID)));
    }
    const rows = await connection.query('XA RECOVER CONVERT XID');
    return rows.map((row) => fromHex(String(row.data), Number(row.gtrid_length), Number(row.formatID)));
  } catch (error) {
    if (!notAllowed.has(mysqlErrno(error) ?? 0)) throw error;
    return null;
  }
}

/** MariaDB: `X'…'`, or quoted text where every byte is a plain character; an empty second part may be left out. */
function fromSql(data: string, formatId: number): string {
  const parts = [...data.matchAll(/X'([0-9a-f]*)'|'([^']*)'/gi)].map(
    ([, hex, text]) => hex?.toLowerCase() ?? Buffer.from(text!, 'latin1').toString('hex'),
  );
  return spell(parts[0] ?? '', parts[1] ?? '', formatId);
}

/** MySQL: `0x…`, both parts without a mark between them. */
function fromHex(data: string, gtridBytes: number, formatId: number): string {
  const hex = data.replace(/^0x/i, '').toLowerCase();
  return spell(hex.slice(0, gtridBytes * 2), hex.slice(gtridBytes * 2), formatId);
}

function spell(gtrid: string, bqual: string, formatId: number): string {
  return `X'${gtrid}',X'${bqual}'${formatId === 1 ? '' : `,${formatId}`}`;
}
