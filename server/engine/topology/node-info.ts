import type { NodeInfo } from '#server/contract/cluster.ts';
import type { MysqlAccess, PostgresAccess } from '../access.ts';
import type { MysqlFacts } from '../checks/mysql-facts.ts';
import { zoneOf } from '../checks/mysql-settings.ts';
import type { PostgresFacts } from '../checks/postgres-facts.ts';

const silent = { version: null, flavor: null, reachable: false, freeBytes: null, timeZone: null, clockSkewMs: null };

/** `facts` null = the node did not answer. */
export function computingInfo(access: PostgresAccess, name: string, facts: PostgresFacts | null): NodeInfo {
  const where = { name, role: 'computing' as const, engine: 'postgres' as const, host: access.host, port: access.port };
  if (facts === null) return { ...where, ...silent };
  return {
    ...where,
    version: facts.versionText,
    flavor: 'postgres',
    reachable: true,
    freeBytes: null, // no function of stock PostgreSQL tells it
    timeZone: facts.timeZone,
    clockSkewMs: facts.skew?.skewMs ?? null,
  };
}

export function storageInfo(access: MysqlAccess, facts: MysqlFacts | null): NodeInfo {
  const { node: name, host, port } = access;
  const where = { name, role: 'storage' as const, engine: 'mysql' as const, host, port };
  if (facts === null) return { ...where, ...silent };
  return {
    ...where,
    version: facts.versionText,
    flavor: facts.flavor,
    reachable: true,
    freeBytes: facts.freeBytes,
    timeZone: zoneOf(facts.settings),
    clockSkewMs: facts.skew?.skewMs ?? null,
  };
}
