import { TidemarkError } from '#server/base/error.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';

/** What was written must be what the backup recorded, or `by` made of it, row for row. Errors: `restore/not-equal`. */
export function refuseOtherRows(
  node: string,
  fragment: Pick<FragmentFile, 'table' | 'rows' | 'digest'>,
  found: { rows: bigint; digest: string },
  by = 'what the backup recorded',
): void {
  if (found.rows === BigInt(fragment.rows) && found.digest === fragment.digest) return;
  throw new TidemarkError('restore/not-equal', `the rows of ${fragment.table} differ from ${by}`, {
    context: {
      node,
      recorded: { rows: fragment.rows, digest: fragment.digest },
      found: { rows: found.rows.toString(), digest: found.digest },
    },
  });
}
