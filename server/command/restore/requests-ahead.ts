import type { PlanTable } from '#server/contract/restore.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { RestoreContext } from './context.ts';
import type { TableRequest } from './plan-request.ts';
import { requestOf } from './recheck.ts';

/** One planned table, `index` its place in the plan, and what the backup holds of it: settled already. */
interface Planned {
  readonly index: number;
  readonly table: PlanTable;
  readonly asked: Promise<TableRequest>;
}

/** Each is a read of the destination, which is waited for; what is read lies in memory anyway. */
const readAtOnce = 16;

/**
 * Planned tables in their order, without those that are `done`. Their files are read some at a time, and nobody asks
 * the cluster meanwhile: a computing node rehearses one table after the other. Errors: in `asked`, as requestOf.
 */
export async function* requestsAhead(
  context: RestoreContext,
  manifest: Manifest,
  done: (index: number) => boolean,
): AsyncGenerator<Planned> {
  const left = [...context.plan.tables.entries()].filter(([index]) => !done(index));
  for (let from = 0; from < left.length; from += readAtOnce) {
    const group = left
      .slice(from, from + readAtOnce)
      .map(([index, table]): Planned => ({ index, table, asked: requestOf(context, table, manifest) }));
    await Promise.allSettled(group.map(({ asked }) => asked));
    yield* group;
  }
}
