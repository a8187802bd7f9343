import type { Context } from '#server/audit/context.ts';
import { type Failure, TidemarkError } from '#server/base/error.ts';
import type { DestinationFeatures } from '#server/contract/destination.ts';

export interface DestinationView {
  id: string;
  name: string;
  kind: string;
  /** { path } for fs */
  config: { path: string };
  features: DestinationFeatures | null;
  freeBytes: bigint | null;
  probedAt: Date | null;
  probeError: Failure | null;
  createdAt: Date;
  backups: number;
  storedBytes: bigint;
}

/** All destinations by name, with what the catalog knows of them. */
export async function listDestinations({ db }: Pick<Context, 'db'>): Promise<DestinationView[]> {
  const [rows, sums] = await Promise.all([
    db.destination.findMany({ orderBy: { name: 'asc' } }),
    db.backup.groupBy({ by: ['destinationId'], where: { removedAt: null }, _count: true, _sum: { storedBytes: true } }),
  ]);
  return rows.map((row) => {
    const sum = sums.find(({ destinationId }) => destinationId === row.id);
    return {
      ...row,
      config: row.config as { path: string },
      features: row.features as unknown as DestinationFeatures | null,
      probeError: row.probeError as unknown as Failure | null,
      backups: sum?._count ?? 0,
      storedBytes: sum?._sum.storedBytes ?? 0n,
    };
  });
}

/** By id or name. Errors: `not-found`. */
export async function showDestination(
  { db }: Pick<Context, 'db'>,
  wanted: { id: string } | { name: string },
): Promise<DestinationView> {
  const all = await listDestinations({ db });
  const found = all.find((row) => ('id' in wanted ? row.id === wanted.id : row.name === wanted.name));
  if (!found) {
    throw new TidemarkError('not-found', `there is no destination ${'name' in wanted ? wanted.name : wanted.id}`);
  }
  return found;
}
