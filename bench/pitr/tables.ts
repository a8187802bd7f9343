import type { MariadbServer } from '#lab/mariadb-server.ts';
import { throwIfStopped } from '#server/base/abort.ts';

export const database = 'pitr';
/** 20 tables; the first are the ones that come back. Percent of the changed rows; the others share the rest. */
export const targets = [
  { table: 'ledger', percent: 10 },
  { table: 'orders', percent: 5 },
] as const;
export type Target = (typeof targets)[number];
const others = Array.from({ length: 18 }, (_, at) => `table_${String(at + 3).padStart(2, '0')}`);
const all = [...targets.map(({ table }) => table), ...others];

/** Rows of a target for each byte of log that will be written: a million for 1.5 GiB. */
const rowsPerLogByte = 1_000_000 / (1.5 * 1024 ** 3);
/** New rows have keys from here on. */
const newKeys = 1_000_000_000;
/** Each transaction changes so many rows: 20 of the first target, 10 of the second, 9 or 10 of every other. */
const rowsPerTransaction = 200;
const sliceRows = 50_000;

/**
 * Makes the tables, one of the large benchmark's shape filled already, without a word in the log. Targets get the same
 * number of rows each, the others a tenth of that.
 */
export async function makeTables(server: MariadbServer, from: string, logBytes: number): Promise<{ rows: number }> {
  const rows = Math.max(5_000, Math.round(logBytes * rowsPerLogByte));
  await server.sql(`SET sql_log_bin = 0; CREATE DATABASE ${database}`);
  for (const table of all) {
    const count = targets.some((one) => one.table === table) ? rows : Math.ceil(rows / 10);
    await server.sql(`SET sql_log_bin = 0; CREATE TABLE ${database}.${table} LIKE ${from}`);
    for (let first = 1; first <= count; first += sliceRows) {
      const last = Math.min(count, first + sliceRows - 1);
      await server.sql(`SET sql_log_bin = 0;
        INSERT INTO ${database}.${table} SELECT * FROM ${from} WHERE id BETWEEN ${first} AND ${last}`);
    }
  }
  await server.sql(procedure(from, rows));
  return { rows };
}

/**
 * Writes about `bytes` of log over two sessions: transactions that change all 20 tables, seven updates on two inserts and
 * one delete of as many rows. Returns what was written.
 */
export async function writeLog(
  server: MariadbServer,
  bytes: number,
  signal: AbortSignal,
): Promise<{ transactions: number; bytes: number }> {
  const before = await logBytes(server);
  let transactions = 0;
  let written = 0;
  while (written < bytes) {
    throwIfStopped(signal);
    // By what a transaction has taken so far; few at first, to learn it.
    const more = transactions === 0 ? 40 : Math.min(1_000, Math.ceil(((bytes - written) / written) * transactions));
    const half = Math.ceil(more / 2);
    await Promise.all([write(server, transactions, half), write(server, transactions + half, half)]);
    transactions += half * 2;
    written = (await logBytes(server)) - before;
  }
  return { transactions, bytes: written };
}

const write = (server: MariadbServer, first: number, count: number) =>
  server.sql(`CALL ${database}.change_rows(${first}, ${count})`);

/** Writes log for so long, a little every tenth of a second, about `bytesPerSecond` in all. Returns bytes and seconds. */
export async function writeSteadily(
  server: MariadbServer,
  { bytesPerSecond, seconds, bytesEach, signal }: SteadyWrite,
): Promise<{ bytes: number; seconds: number }> {
  const before = await logBytes(server);
  const began = performance.now();
  const end = began + seconds * 1_000;
  for (let done = 0, now = began; now < end; now = performance.now()) {
    throwIfStopped(signal);
    const due = Math.floor((((now - began) / 1_000) * bytesPerSecond) / bytesEach);
    if (due > done) await write(server, 100_000_000 + done, due - done);
    done = Math.max(done, due);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { bytes: (await logBytes(server)) - before, seconds: (performance.now() - began) / 1_000 };
}

export interface SteadyWrite {
  bytesPerSecond: number;
  seconds: number;
  /** What a transaction of the workload takes in the log. */
  bytesEach: number;
  signal: AbortSignal;
}

/** Of all files that are there. */
export async function logBytes(server: MariadbServer): Promise<number> {
  const lines = (await server.sql('SHOW BINARY LOGS')).trim().split('\n');
  return lines.reduce((sum, line) => sum + Number(line.split('\t')[1]), 0);
}

/** Changes rows `first` + n at places that are spread over the table, the same for the same n. */
const procedure = (from: string, rows: number): string => `SET sql_log_bin = 0; USE ${database};
DELIMITER //
CREATE PROCEDURE change_rows(IN first INT, IN count INT) MODIFIES SQL DATA
BEGIN
  DECLARE n INT DEFAULT first;
  WHILE n < first + count DO
    START TRANSACTION;
    ${all.map((table, at) => change(table, at, from, rows)).join('\n    ')}
    COMMIT;
    SET n = n + 1;
  END WHILE;
END //
DELIMITER ;`;

function change(table: string, at: number, from: string, rows: number): string {
  const percent = targets[at]?.percent ?? (100 - targets.reduce((sum, one) => sum + one.percent, 0)) / others.length;
  const each = Math.round((rowsPerTransaction * percent) / 100);
  const count = at < targets.length ? rows : Math.ceil(rows / 10);
  const place = `(n * 7919 + ${at} * 104729) % ${Math.max(1, count - each)}`;
  const span = `BETWEEN ${place} + 1 AND ${place} + ${each}`;
  return `CASE n % 10
      WHEN 7 THEN DELETE FROM ${table} WHERE id ${span};
      WHEN 8 THEN ${insert(table, from, span, place, each)}
      WHEN 9 THEN ${insert(table, from, span, place, each)}
      ELSE UPDATE ${table} SET amount = amount + 1.25, balance = balance - 1, updated = now(),
        note = concat('changed ', id, ' by ', n) WHERE id ${span};
    END CASE;`;
}

const insert = (table: string, from: string, span: string, place: string, each: number): string =>
  `INSERT INTO ${table} SELECT ${newKeys} + n * ${each} + id - ${place}, branch, customer, code, purpose, amount, balance,
        created, now(), flags, ratio, document, note, mark FROM ${from} WHERE id ${span};`;
