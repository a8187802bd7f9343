import type { Xid } from '../binlog/xid.ts';

/** `xid` as `preparedXids` spells it: one branch. `gtrid`: the global transaction, the same on every node; hex. */
export interface XidName {
  readonly xid: string;
  readonly gtrid: string;
}

export function xidName({ formatId, gtrid, bqual }: Xid): XidName {
  return spelled(gtrid.toString('hex'), bqual.toString('hex'), formatId);
}

const written = /X'([0-9a-f]*)'\s*(?:,\s*X'([0-9a-f]*)'\s*)?(?:,\s*(\d+)\s*)?$/i;

/** The name at the end of `XA COMMIT X'…',X'…',1`, or of one that `preparedXids` spells. null: there is none. */
export function xidNameOf(sql: string): XidName | null {
  const [, gtrid, bqual = '', formatId = '1'] = written.exec(sql) ?? [];
  return gtrid === undefined ? null : spelled(gtrid.toLowerCase(), bqual.toLowerCase(), Number(formatId));
}

function spelled(gtrid: string, bqual: string, formatId: number): XidName {
  return { xid: `X'${gtrid}',X'${bqual}'${formatId === 1 ? '' : `,${formatId}`}`, gtrid };
}
