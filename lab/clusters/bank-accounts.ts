import type pg from 'pg';
import { leafCount } from './bank-tables.ts';
import { quoteMysql, storageDatabase } from './foreign-table.ts';

/** Ids per block: a block's text of ids stays below 1 MB, and so does the statement that carries it. */
const blockSize = 400_000;

/**
 * The ids `from`..`to` that belong into each leaf of transfer_account: only PostgreSQL knows its own hash, and a row in
 * the wrong leaf would be invisible to a pruned query. Index = remainder.
 */
export async function idsByLeaf(client: pg.Client, from: number, to: number): Promise<string[]> {
  const { rows } = await client.query<{ remainder: number; ids: string }>(
    `SELECT remainder, string_agg(id::text, ',' ORDER BY id) AS ids
       FROM generate_series($1::bigint, $2::bigint) id, generate_series(0, ${leafCount - 1}) remainder
      WHERE satisfies_hash_partition('public.transfer_account'::regclass, ${leafCount}, remainder, id)
      GROUP BY remainder`,
    [from, to],
  );
  const leaves = Array.from({ length: leafCount }, () => '');
  for (const row of rows) leaves[row.remainder] = row.ids;
  return leaves;
}

/** Calls `fill(remainder, statements)` for block after block, all leaves of a block at once. */
export async function fillAccounts(
  client: pg.Client,
  rows: number,
  fill: (remainder: number, sql: string) => Promise<unknown>,
): Promise<void> {
  for (let from = 1; from <= rows; from += blockSize) {
    const leaves = await idsByLeaf(client, from, Math.min(rows, from + blockSize - 1));
    await Promise.all(
      leaves.map((ids, remainder) => (ids === '' ? undefined : fill(remainder, accountRows(remainder, ids)))),
    );
  }
}

function accountRows(remainder: number, ids: string): string {
  return `
    USE ${quoteMysql(storageDatabase('public'))};
    CREATE TEMPORARY TABLE lab_id (id bigint NOT NULL PRIMARY KEY);
    INSERT INTO lab_id VALUES (${ids.replaceAll(',', '),(')});
    INSERT INTO transfer_account_p${remainder}
      SELECT id, concat('owner-', lpad(id % 99991, 6, '0')), 1000 + id % 500, elt(1 + (id % 20 = 0), 'open', 'frozen'),
        timestamp('2026-01-01') + interval id * 1000003 microsecond,
        CASE WHEN id % 10 = 0 THEN NULL WHEN id % 97 = 0 THEN concat('line 1\\nline 2\\t"quoted" ''it'' \\\\ 中é🙂 ', id)
          ELSE concat('transfer from branch ', id % 997, ' to branch ', id % 1009, ' ref ', md5(id)) END
      FROM lab_id;`;
}
