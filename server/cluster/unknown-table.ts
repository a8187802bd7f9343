import { TidemarkError } from '#server/base/error.ts';

/** Of a name that may be mistyped, which must not look like a table that nobody backs up. */
export const unknownTable = (cluster: string, table: string): TidemarkError =>
  new TidemarkError('table/not-found', `cluster ${cluster} has no table ${table}, and no backup holds one`, {
    context: { table },
  });
