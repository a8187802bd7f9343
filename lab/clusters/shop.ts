import type { ClusterPlan } from '../node.ts';
import { nodeNamed } from '../node.ts';
import { mariadbUsers } from '../users.ts';
import { everyType } from './shop-every-type.ts';
import { shopTables } from './shop-tables.ts';

/** A plain MariaDB with everything such a server can hold: cluster kind `mysql`. */
export const shop: ClusterPlan = {
  nodes: [{ name: 'shop', role: 'storage', engine: 'mysql', port: 15_420, database: '', serverId: 301 }],
  fill: async (nodes, secrets, rows) => {
    const { mariadb } = nodeNamed(nodes, 'shop');
    await mariadb!.sql(mariadbUsers(secrets));
    await mariadb!.sql('CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE shop_legacy CHARACTER SET latin1;');
    await mariadb!.sql(shopTables(Math.min(rows, 200_000)), 'shop');
    await mariadb!.sql(everyType, 'shop');
  },
};
