import { expect, test } from 'vitest';
import { quoteAccount, quoteGrantDatabase } from './grant-target.ts';
import { holds, parseGrants } from './grants.ts';

const grants = parseGrants([
  "GRANT PROCESS, BINLOG MONITOR ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*B69027 ON `x`.* TO' WITH GRANT OPTION",
  'GRANT SELECT, SHOW VIEW ON `postgres\\_$$\\_%`.* TO `u`@`%`',
  'GRANT INSERT, UPDATE (`a, b`, `c`) ON `d_1`.`we``ird ON t` TO `u`@`%`',
  'GRANT `role ON x` TO `u`@`%`',
  'GRANT EXECUTE ON PROCEDURE `d`.`p` TO `u`@`%`',
  "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION",
  'SET DEFAULT ROLE `r` FOR `u`@`%`',
]);

test('a global privilege is held everywhere', () => {
  expect(holds(grants, 'BINLOG MONITOR')).toBe(true);
  expect(holds(grants, 'PROCESS', 'any', 'table')).toBe(true);
  expect(holds(grants, 'RELOAD')).toBe(false);
  expect(holds(parseGrants(['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`']), 'RELOAD')).toBe(true);
});

test('a database in a grant is a pattern, with escapes', () => {
  expect(holds(grants, 'SHOW VIEW', 'postgres_$$_public')).toBe(true);
  expect(holds(grants, 'SHOW VIEW', 'postgresX$$_public')).toBe(false);
  expect(holds(grants, 'SHOW VIEW')).toBe(false);
});

test('a grant on a table reaches that table alone, and one on columns does not count', () => {
  expect(holds(grants, 'INSERT', 'd_1', 'we`ird ON t')).toBe(true);
  expect(holds(grants, 'INSERT', 'dX1', 'we`ird ON t')).toBe(false);
  expect(holds(grants, 'INSERT', 'd_1')).toBe(false);
  expect(holds(grants, 'UPDATE', 'd_1', 'we`ird ON t')).toBe(false);
});

test('roles, proxies and routines grant no table', () => {
  expect(grants).toHaveLength(3);
});

test('what we tell people to paste means that account and that database only', () => {
  expect(quoteAccount("o'neil@home@10.0.0.%")).toBe("'o''neil@home'@'10.0.0.%'");
  expect(quoteGrantDatabase('a_b%`')).toBe('`a\\_b\\%```.*');
});
