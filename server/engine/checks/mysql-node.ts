import { checkSkew } from './clock-skew.ts';
import { type Finding, ok, someOf, unknown, warn } from './finding.ts';
import type { MysqlFacts } from './mysql-facts.ts';
import { checkPrivileges } from './mysql-privileges.ts';
import { checkSettings, checkVersion } from './mysql-settings.ts';

/** A table whose engine matters: those that the cluster's tables lie in. */
export interface TableEngine {
  database: string;
  table: string;
  engine: string | null;
}

/** Every finding about a MySQL-wire node that answered. `tables` null = they were not looked at. */
export function checkMysqlNode(
  facts: MysqlFacts,
  databases: readonly string[],
  tables: readonly TableEngine[] | null,
): Finding[] {
  return [
    checkVersion(facts),
    checkSkew(facts.skew),
    ...checkSettings(facts),
    ...checkPrivileges(facts, databases),
    ...(tables === null ? [] : [checkEngines(tables)]),
    checkSpace(facts),
  ];
}

function checkEngines(tables: readonly TableEngine[]): Finding {
  const [id, label] = ['engines', 'Storage engines'];
  const others = tables.filter(({ engine }) => engine !== null && engine.toLowerCase() !== 'innodb');
  if (others.length === 0) return ok(id, label, 'InnoDB only');
  const names = others.map(({ database, table, engine }) => `${database}.${table} (${engine})`);
  const fix = 'ALTER TABLE … ENGINE = InnoDB; where the table allows it.';
  return warn(id, label, `not part of a snapshot, so not of the one cut: ${someOf(names)}`, fix);
}

function checkSpace({ freeBytes, flavor }: MysqlFacts): Finding {
  const [id, label] = ['free_space', 'Free space'];
  if (freeBytes !== null) return ok(id, label, 'the server tells it');
  const detail = 'the server does not tell it, so a restore plan cannot check it';
  // The plugin answers only to who has FILE.
  const fix =
    flavor === 'mariadb' ? "INSTALL SONAME 'disks'; and grant FILE to this user, when the check is wanted." : '';
  return unknown(id, label, detail, fix);
}
