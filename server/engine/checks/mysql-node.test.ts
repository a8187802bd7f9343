import { expect, test } from 'vitest';
import { parseGrants } from './grants.ts';
import type { MysqlFacts } from './mysql-facts.ts';
import { checkMysqlNode } from './mysql-node.ts';
import { parseVersion } from './version.ts';

const good: Record<string, string> = {
  log_bin: 'ON',
  log_bin_trust_function_creators: 'ON',
  binlog_format: 'ROW',
  binlog_row_image: 'FULL',
  sync_binlog: '1',
  expire_logs_days: '0.000000',
  binlog_expire_logs_seconds: '0',
  innodb_autoinc_lock_mode: '1',
  read_only: 'OFF',
  lower_case_table_names: '0',
  time_zone: 'SYSTEM',
  system_time_zone: 'CET',
};

function facts(more: Partial<MysqlFacts> = {}, settings: Record<string, string> = {}): MysqlFacts {
  const versionText = more.versionText ?? '10.11.19-MariaDB';
  return {
    versionText,
    version: parseVersion(versionText),
    flavor: 'mariadb',
    settings: new Map(Object.entries({ ...good, ...settings })),
    currentUser: 'tidemark@10.%',
    grants: parseGrants(['GRANT ALL PRIVILEGES ON *.* TO `tidemark`@`10.%`']),
    binlogFilters: { only: '', without: '' },
    skew: { skewMs: 0, uncertaintyMs: 1 },
    freeBytes: 1,
    ...more,
  };
}

const check = (seen: MysqlFacts, id: string, databases: string[] = [], tables = []) =>
  checkMysqlNode(seen, databases, tables).find((one) => one.id === id);
const notOk = (seen: MysqlFacts) =>
  checkMysqlNode(seen, ['shop'], [])
    .filter((one) => one.state !== 'ok')
    .map((one) => `${one.state} ${one.id}`);

test('a well kept node has nothing to fix', () => {
  expect(notOk(facts())).toEqual([]);
  expect(checkMysqlNode(facts(), [], []).every((one) => one.fix === '')).toBe(true);
});

test('each setting that endangers a restore is told on its own', () => {
  const states = (settings: Record<string, string>) => notOk(facts({}, settings));
  expect(states({ log_bin: 'OFF' })).toEqual(['bad log_bin']);
  expect(states({ binlog_format: 'MIXED' })).toEqual(['bad binlog_format']);
  expect(states({ binlog_row_image: 'MINIMAL' })).toEqual(['warn binlog_row_image']);
  expect(states({ sync_binlog: '0' })).toEqual(['warn sync_binlog']);
  expect(states({ binlog_expire_logs_seconds: '3600' })).toEqual(['warn binlog_retention']);
  expect(states({ binlog_expire_logs_seconds: '86400' })).toEqual([]);
  expect(states({ read_only: 'ON' })).toEqual(['warn read_only']);
  expect(states({ innodb_autoinc_lock_mode: '0' })).toEqual(['warn innodb_autoinc_lock_mode']);
  expect(notOk(facts({ binlogFilters: { only: 'a', without: '' } }))).toEqual(['bad binlog_filters']);
  expect(notOk(facts({ binlogFilters: null }))).toEqual(['unknown binlog_filters']);
  expect(notOk(facts({ versionText: '10.5.9-MariaDB' }))).toEqual(['bad version']);
});

test('a missing privilege is named, with the statement that grants it', () => {
  const some = facts({ grants: parseGrants(['GRANT SELECT ON `shop`.* TO `tidemark`@`10.%`']) });
  expect(check(some, 'privilege/select', ['shop'])).toMatchObject({ state: 'ok' });
  expect(check(some, 'privilege/select', ['shop', 'a_b'])).toMatchObject({
    state: 'bad',
    fix: "GRANT SELECT ON `a\\_b`.* TO 'tidemark'@'10.%';",
  });
  expect(check(some, 'privilege/binlog-monitor', ['shop'])).toMatchObject({
    state: 'warn',
    label: 'Privilege BINLOG MONITOR',
    fix: "GRANT BINLOG MONITOR ON *.* TO 'tidemark'@'10.%';",
  });
  expect(check(some, 'privilege/create', ['shop'])).toMatchObject({ state: 'warn' });
});

test('who may make no triggers is told so, unless nothing forbids it', () => {
  const grants = parseGrants(['GRANT TRIGGER ON *.* TO `t`@`%`']);
  const off = { log_bin_trust_function_creators: 'OFF' };
  expect(check(facts({ grants }, off), 'trigger_makers')).toMatchObject({
    state: 'warn',
    fix: 'SET GLOBAL log_bin_trust_function_creators = 1; and the same in the configuration file.',
  });
  expect(check(facts({ grants }), 'trigger_makers')).toMatchObject({ state: 'ok' });
  expect(check(facts({ grants }, { ...off, log_bin: 'OFF' }), 'trigger_makers')).toMatchObject({ state: 'ok' });
  const withSuper = parseGrants(['GRANT SUPER ON *.* TO `t`@`%`']);
  expect(check(facts({ grants: withSuper }, off), 'trigger_makers')).toMatchObject({ state: 'ok' });
});

test('a login that cannot give tables back one by one is told what that costs others', () => {
  const lacking = facts({ grants: parseGrants(['GRANT SELECT ON *.* TO `tidemark`@`10.%`']) });
  expect(check(lacking, 'privilege/binlog-admin')).toMatchObject({
    state: 'warn',
    fix: "GRANT BINLOG ADMIN ON *.* TO 'tidemark'@'10.%';",
  });
});

test('a right to restore must also reach the databases that staging makes', () => {
  const grants = ['GRANT CREATE ON `shop`.* TO `t`@`%`', 'GRANT CREATE ON `tidemark\\_%`.* TO `t`@`%`'];
  expect(check(facts({ grants: parseGrants(grants) }), 'privilege/create', ['shop'])).toMatchObject({ state: 'ok' });
  expect(check(facts({ grants: parseGrants(grants.slice(0, 1)) }), 'privilege/create', ['shop'])).toMatchObject({
    state: 'warn',
  });
});

test('tables outside InnoDB are named, up to five', () => {
  const tables = ['a', 'b', 'c', 'd', 'e', 'f'].map((table) => ({ database: 'd', table, engine: 'Aria' }));
  const found = checkMysqlNode(facts(), [], tables).find((one) => one.id === 'engines');
  expect(found?.state).toBe('warn');
  expect(found?.detail).toContain('d.e (Aria) and 1 more');
});

test('MySQL 8 is said to be unproven', () => {
  const found = notOk(facts({ flavor: 'mysql', versionText: '8.0.40' }, { innodb_autoinc_lock_mode: '2' }));
  expect(found).toEqual(['warn version']);
});
