import { describe, expect, test } from 'vitest';
import type { HistoryStatement, TableHistory } from './history.ts';
import { nameStates, tableHistory } from './table-history.ts';

/** Statements of a log, each a second after the one before. Those that change rows as text begin with a verb of rows. */
function logOf(...sql: readonly (string | Partial<HistoryStatement>)[]): HistoryStatement[] {
  return sql.map((one, n) => {
    const text = typeof one === 'string' ? one : (one.sql ?? '');
    const statement: HistoryStatement = {
      kind: /^(INSERT|UPDATE|DELETE|SELECT|CALL)/.test(text) ? 'change' : 'definition',
      ...{ gtid: `0-1-${n + 1}`, at: 1000 + n, file: 'b.1', position: BigInt(100 * n), groupPosition: null },
      ...{ database: 'd', sql: text, whole: true, session: null, errorCode: 0 },
    };
    return typeof one === 'string' ? statement : { ...statement, ...one };
  });
}

const t = { database: 'd', table: 't' };

/** Short: `name` of each span, with what led to it; those whose rows do not count in brackets. */
function told(history: TableHistory): string {
  if (!history.there)
    return `gone: ${history.statement?.sql ?? 'never'}${history.renamedTo ? ` (${history.renamedTo.table})` : ''}`;
  const spans = history.spans.map(({ name, rows, crossing }) => {
    const text = `${crossing ? `${crossing.effect} ` : ''}${name.table}`;
    return rows ? text : `[${text}]`;
  });
  return `${history.base}: ${spans.join(', ')}`;
}

const historyOf = (...sql: readonly (string | Partial<HistoryStatement>)[]) => told(tableHistory(logOf(...sql), t));

describe('what a name stands for at the end of an interval', () => {
  test.each<[string, readonly string[], string]>([
    ['nothing happened', [], 'rows: t'],
    ['another table was changed', ['ALTER TABLE u ADD x INT', 'DROP TABLE d2.t', 'TRUNCATE u'], 'rows: t'],
    ['it was altered', ['ALTER TABLE t ADD x INT'], 'rows: t, replay t'],
    [
      'an index came and went',
      ['CREATE UNIQUE INDEX i ON d.t (a)', 'DROP INDEX i ON t'],
      'rows: t, replay t, replay t',
    ],
    ['it was renamed to the name', ['RENAME TABLE u TO t'], 'rows: u, rename t'],
    ['it was renamed away', ['RENAME TABLE t TO v'], 'gone: RENAME TABLE t TO v (v)'],
    ['it was dropped', ['DROP TABLE IF EXISTS s, `t`'], 'gone: DROP TABLE IF EXISTS s, `t`'],
    ['its database was dropped', ['DROP DATABASE d'], 'gone: DROP DATABASE d'],
    ['it was emptied', ['ALTER TABLE t ADD x INT', 'TRUNCATE TABLE t'], 'definition: [t], [replay t], empty t'],
    ['it was made anew', ['DROP TABLE t', 'CREATE TABLE t (a INT)'], 'nothing: created t'],
    ['it was replaced', ['CREATE OR REPLACE TABLE t (a INT)'], 'nothing: created t'],
    ['two tables changed places', ['RENAME TABLE t TO x, u TO t, x TO u'], 'rows: u, rename t'],
    [
      'gh-ost put another in its place',
      [
        'create /* gh-ost */ table `d`.`_t_gho` like `d`.`t`',
        'alter /* gh-ost */ table `d`.`_t_gho` ADD COLUMN x INT',
        'create /* gh-ost */ table `d`.`_t_del` (id int) comment "ghost-cut-over-sentry"',
        'drop /* gh-ost */ table if exists `d`.`_t_del`',
        'rename /* gh-ost */ table `d`.`t` to `d`.`_t_del`, `d`.`_t_gho` to `d`.`t`',
        'drop /* gh-ost */ table if exists `d`.`_t_del`',
      ],
      'definition: [t], created _t_gho, replay _t_gho, rename t',
    ],
    [
      'pt-online-schema-change put another in its place',
      [
        'CREATE TABLE `d`.`_t_new` (id INT) ENGINE=InnoDB',
        'ALTER TABLE `d`.`_t_new` ADD COLUMN x INT',
        'CREATE DEFINER=`root`@`%` TRIGGER `pt_osc_d_t_ins` AFTER INSERT ON `d`.`t` FOR EACH ROW REPLACE INTO `d`.`_t_new` VALUES (NEW.id)',
        'RENAME TABLE `d`.`t` TO `d`.`_t_old`, `d`.`_t_new` TO `d`.`t`',
        'DROP TABLE IF EXISTS `d`.`_t_old`',
        'DROP TRIGGER IF EXISTS `d`.`pt_osc_d_t_ins`',
      ],
      'nothing: created _t_new, replay _t_new, rename t',
    ],
    [
      'partitions were dropped',
      ['ALTER TABLE t DROP PARTITION p1', 'ALTER TABLE t TRUNCATE PARTITION p2'],
      'rows: t, replay t, replay t',
    ],
    [
      'quotes hold what looks like SQL',
      ["ALTER TABLE u COMMENT 'x', COMMENT='RENAME TO t'", "CREATE TABLE u (a INT COMMENT '; DROP TABLE t')"],
      'rows: t',
    ],
    ['a comment that runs names it', ['DROP /*!50000 TABLE t */'], 'gone: DROP /*!50000 TABLE t */'],
    ['a comment that is one names it', ['DROP TABLE u /* , t */ -- , t', 'DROP TABLE u # , t'], 'rows: t'],
    ['it was altered and renamed at once', ['ALTER TABLE u ADD x INT, RENAME TO d.t'], 'rows: u, replay t'],
  ])('when %s', (_, sql, wanted) => {
    expect(historyOf(...sql)).toBe(wanted);
  });

  test('what cannot be crossed is a gap, with its reason', () => {
    const reasonOf = (sql: string, more: Partial<HistoryStatement> = {}) => {
      const history = tableHistory(logOf({ ...more, sql, kind: logOf(sql)[0]!.kind }), t);
      return history.there ? (history.gap?.reason ?? null) : 'gone';
    };
    expect(reasonOf('ALTER TABLE t ADD x CHAR(36) DEFAULT (uuid())')).toContain('UUID()');
    expect(reasonOf('ALTER TABLE t ADD x INT DEFAULT (NEXT VALUE FOR s)')).toContain('NEXT VALUE');
    expect(reasonOf('ALTER TABLE t ADD x DATETIME DEFAULT NOW()')).toBe(null);
    expect(reasonOf("ALTER TABLE t ADD x CHAR(9) COMMENT 'uuid()'")).toBe(null);
    expect(reasonOf('ALTER TABLE t ADD id INT AUTO_INCREMENT PRIMARY KEY')).toContain('numbers rows');
    expect(reasonOf('ALTER TABLE t MODIFY id BIGINT AUTO_INCREMENT')).toBe(null);
    expect(reasonOf('ALTER IGNORE TABLE t ADD UNIQUE (a)')).toContain('clash');
    expect(reasonOf('ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x')).toContain('exchanges');
    expect(reasonOf('ALTER TABLE x EXCHANGE PARTITION p WITH TABLE t')).toContain('exchanges');
    expect(reasonOf('ALTER TABLE t IMPORT TABLESPACE')).toContain('tablespace');
    expect(
      reasonOf('ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id) ON UPDATE RESTRICT ON DELETE CASCADE'),
    ).toContain('CASCADE');
    expect(reasonOf('ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p (id) ON DELETE NO ACTION ON UPDATE RESTRICT')).toBe(
      null,
    );
    expect(reasonOf('ALTER TABLE t ADD x TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP')).toBe(null);
    expect(reasonOf('ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4')).toBe(null);
    expect(reasonOf('ALTER TABLE t CONVERT PARTITION p TO TABLE x')).toContain('partition');
    expect(reasonOf('CREATE TABLE IF NOT EXISTS t (a INT)')).toContain('where it was missing');
    expect(reasonOf('CREATE OR REPLACE TABLE t SELECT 1 AS a')).toContain('text of a query');
    expect(reasonOf('UPDATE t SET a = 1')).toContain('logged as its text');
    expect(reasonOf('UPDATE u SET a = 1')).toBe(null);
    expect(reasonOf('UPDATE u, `d`.T SET u.a = 1')).toContain('logged as its text');
    expect(reasonOf('CALL p()')).toContain('logged as its text');
    expect(reasonOf('UPDATE u SET a = 1', { whole: false })).toContain('logged as its text');
    expect(reasonOf('CREATE TEMPORARY TABLE t (a INT)')).toContain('one session alone');
    expect(reasonOf('DROP TABLE T')).toContain('another case');
    expect(reasonOf('FROBNICATE')).toContain('not understood');
    expect(reasonOf('DROP TABLE u, v', { whole: false })).toContain('not understood');
    expect(reasonOf('ALTER TABLE t ADD a INT, ADD', { whole: false })).toContain('only a part');
    expect(reasonOf('ALTER TABLE t ADD a INT', { errorCode: 1062 })).toContain('1062');
  });

  test('a gap in rows is none for a table that was emptied after it', () => {
    expect(historyOf('UPDATE t SET a = 1', 'ALTER TABLE t ADD u CHAR(36) DEFAULT (UUID())', 'TRUNCATE t')).toBe(
      'definition: [t], [replay t], empty t',
    );
    expect(historyOf('ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x', 'TRUNCATE t')).toBe('definition: [t], empty t');
    expect(historyOf('DROP TABLE T', 'TRUNCATE t')).toBe('definition: [t], [gap t], empty t');
  });

  test('where a server compares names without case, a table has one name however it is written', () => {
    const statements = logOf('RENAME TABLE D.T TO D.U', 'CREATE TABLE T (a INT)');
    expect(told(tableHistory(statements, t, { ignoreCase: true }))).toBe('nothing: created T');
    expect(told(tableHistory(statements, t, { ignoreCase: false }))).toBe('rows: t');
  });

  test('the character set that its database had then is told of a table that was made', () => {
    const history = tableHistory(
      logOf(
        'ALTER DATABASE d CHARACTER SET latin1',
        'ALTER DATABASE e COLLATE x',
        'CREATE TABLE d.t2 (a INT)',
        'RENAME TABLE t2 TO t',
      ),
      { database: 'd', table: 't' },
      { existed: () => false },
    );
    if (!history.there) throw new Error('it is there');
    expect(history.spans[0]!.crossing!.database.map(({ sql }) => sql)).toEqual([
      'ALTER DATABASE d CHARACTER SET latin1',
    ]);
  });

  test('triggers are told of the table they are of, under whatever name', () => {
    const trigger = (name: string, table: string) =>
      `CREATE TRIGGER ${name} BEFORE INSERT ON ${table} FOR EACH ROW SET NEW.a = 1`;
    const history = tableHistory(
      logOf(
        trigger('x', 'u'),
        trigger('y', 't'),
        'DROP TABLE t',
        'RENAME TABLE u TO t',
        trigger('z', 't'),
        'DROP TRIGGER d.x',
      ),
      t,
    );
    expect(history.there && history.triggers.map(({ sql }) => sql.slice(0, 16))).toEqual([
      ...['CREATE TRIGGER x', 'CREATE TRIGGER z', 'DROP TRIGGER d.x'],
    ]);
  });

  test('when the table was there, and what kept it from being restored, is told for every time', () => {
    const states = nameStates(
      logOf(
        'ALTER TABLE t ADD a INT',
        'UPDATE t SET a = 1',
        'UPDATE t SET a = 2',
        'DROP TABLE t',
        'RENAME TABLE u TO t',
        'TRUNCATE v',
      ),
      t,
    );
    expect(states.map(({ from, history }) => [from?.at ?? null, told(history)])).toEqual([
      [null, 'rows: t'],
      [1000, 'rows: t, replay t'],
      [1001, 'rows: t, replay t, gap t'],
      [1003, 'gone: DROP TABLE t'],
      [1004, 'rows: u, rename t'],
    ]);
  });
});
