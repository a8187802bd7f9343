import { type ClusterPlan, nodeNamed } from '../node.ts';
import { mariadbUsers } from '../users.ts';
import { foreignServers, moveForeignServers } from './fdw-servers.ts';

/** The same shape as `bank`, empty, with one shard of another name: where a restore finds another layout. */
export const bank2: ClusterPlan = {
  nodes: [
    { name: 'bank2-computing', role: 'computing', engine: 'postgres', port: 15_410, database: 'postgres' },
    { name: 'bank2-store_1', role: 'storage', engine: 'mysql', port: 15_411, database: '', serverId: 201 },
  ],
  fill: async (nodes, secrets) => {
    const store = nodeNamed(nodes, 'bank2-store_1');
    await store.mariadb!.sql(mariadbUsers(secrets));
    await nodeNamed(nodes, 'bank2-computing').postgres!.sql(foreignServers([store], secrets));
  },
  movePorts: (nodes) => moveForeignServers(nodeNamed(nodes, 'bank2-computing'), [nodeNamed(nodes, 'bank2-store_1')]),
};
