import { z } from 'zod';

/** An instant is text with an offset; without one it is refused, never guessed. */
export const instant = z.iso.datetime({
  offset: true,
  error: 'give an instant with its offset, as in 2026-11-20T10:15:00Z',
});

const gtidText = /^(?:(.+):)?(\d+-\d+-\d+)$/s;
const xaText = /^xa:(.+)$/s;
const xaHex = /^0x((?:[0-9a-f]{2})+)$/i;

/**
 * A transaction as people write it: a MariaDB GTID, `0-1-42`, with its node before it where several nodes have one of
 * that text, `s1:0-1-42`; or the gtrid of a global transaction, `xa:1-1795167737-1415`, in hex where it is not text,
 * `xa:0x00ff`.
 */
export const transaction = z
  .string()
  .refine((text) => parseTransaction(text) !== null, 'give a GTID, as in 0-1-42 or s1:0-1-42, or xa: and a gtrid');

/** What a transaction's text names. `node` is null where the text leaves it out; `gtrid` is its bytes in lower-case hex. */
export type TransactionName = { kind: 'gtid'; node: string | null; gtid: string } | { kind: 'xa'; gtrid: string };

/** null: it names none. */
export function parseTransaction(text: string): TransactionName | null {
  const xa = xaText.exec(text)?.[1];
  if (xa !== undefined) {
    const hex = xaHex.exec(xa)?.[1];
    return { kind: 'xa', gtrid: hex?.toLowerCase() ?? hexOf(new TextEncoder().encode(xa)) };
  }
  const [, node, gtid] = gtidText.exec(text) ?? [];
  return gtid === undefined ? null : { kind: 'gtid', node: node ?? null, gtid };
}

const hexOf = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * What a restore brings back to. `backup`: its own end. `instant`: everything committed by then, and nothing later.
 * `before`, `after`: exact on the transaction's node; other nodes stop at its time. `latest`: all that is archived when
 * the plan is made.
 */
export const restorePoint = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('backup'), backupId: z.string() }),
  z.object({ kind: z.literal('instant'), at: instant }),
  z.object({ kind: z.literal('before'), transaction }),
  z.object({ kind: z.literal('after'), transaction }),
  z.object({ kind: z.literal('latest') }),
]);
export type RestorePoint = z.infer<typeof restorePoint>;
