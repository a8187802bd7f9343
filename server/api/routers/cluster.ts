import { z } from 'zod';
import { changeCredentials } from '#server/cluster/change-credentials.ts';
import { countScope } from '#server/cluster/count-scope.ts';
import { sealForTest } from '#server/cluster/credentials.ts';
import { listClusters } from '#server/cluster/list.ts';
import { listSchemas } from '#server/cluster/list-schemas.ts';
import { registerCluster } from '#server/cluster/register.ts';
import { removeCluster } from '#server/cluster/remove.ts';
import { searchTables } from '#server/cluster/search-tables.ts';
import { setReplicas } from '#server/cluster/set-replicas.ts';
import { showCluster } from '#server/cluster/show.ts';
import { showTable } from '#server/cluster/show-table.ts';
import { changedCredentialsInput, registerClusterInput, replicasInput } from '#server/contract/cluster.ts';
import { scopeInput } from '#server/contract/scope.ts';
import { ask } from '#server/job/ask.ts';
import { adminProcedure, operatorProcedure, router, viewerProcedure } from '../trpc.ts';
import { byIdOrName } from './by-id-or-name.ts';

const clusterId = z.string();

export const clusterRouter = router({
  list: viewerProcedure.query(({ ctx }) => listClusters(ctx)),
  show: viewerProcedure.input(byIdOrName).query(({ ctx, input }) => showCluster(ctx, input)),
  register: adminProcedure.input(registerClusterInput).mutation(({ ctx, input }) => registerCluster(ctx, input)),
  remove: adminProcedure.input(z.object({ clusterId })).mutation(({ ctx, input }) => removeCluster(ctx, input)),
  changeCredentials: adminProcedure
    .input(
      z.object({
        clusterId,
        credentials: changedCredentialsInput.optional(),
        storageCredentials: changedCredentialsInput.optional(),
      }),
    )
    .mutation(({ ctx, input }) => changeCredentials(ctx, input)),

  setReplicas: adminProcedure
    .input(z.object({ clusterId, replicas: replicasInput }))
    .mutation(({ ctx, input }) => setReplicas(ctx, input)),

  /** Asked before there is a cluster: what an executor finds at this address with these credentials. */
  testConnection: adminProcedure.input(registerClusterInput).mutation(async ({ ctx, input }) => {
    const { kind, address, credentials: main, storageCredentials: storage } = input;
    const sealed = sealForTest(ctx.keyring, { kind, address }, { main, storage });
    return (await ask(ctx, { ask: 'test-connection', kind, address, sealed })).answer;
  }),

  /** Looks at the cluster again, now; the rows are new when this answers. */
  refresh: operatorProcedure
    .input(z.object({ clusterId }))
    .mutation(async ({ ctx, input }) => (await ask(ctx, { ask: 'topology', ...input })).answer),
});

export const tableRouter = router({
  search: viewerProcedure
    .input(
      z.object({
        clusterId,
        text: z.string().max(200).optional(),
        database: z.string().optional(),
        schema: z.string().optional(),
        order: z.enum(['name', 'bytes']).optional(),
        cursor: z.number().int().min(0).nullish(),
        limit: z.number().int().min(1).max(500).default(100),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...search } }) => {
      const offset = cursor ?? 0;
      const found = await searchTables(ctx, { ...search, offset });
      const next = offset + found.tables.length;
      return { ...found, nextCursor: next < found.total && found.tables.length > 0 ? next : null };
    }),
  schemas: viewerProcedure.input(z.object({ clusterId })).query(({ ctx, input }) => listSchemas(ctx, input)),
  show: viewerProcedure
    .input(z.object({ clusterName: z.string(), table: z.string() }))
    .query(({ ctx, input }) => showTable(ctx, input)),
  /** The instants it can be brought back to, as the destinations say now. */
  coverage: viewerProcedure
    .input(z.object({ clusterId, table: z.string() }))
    .query(async ({ ctx, input }) => (await ask(ctx, { ask: 'coverage', ...input })).answer),
  count: viewerProcedure
    .input(z.object({ clusterId, scope: scopeInput }))
    .query(({ ctx, input }) => countScope(ctx, input)),
});
