import type { MariadbServer } from '#lab/mariadb-server.ts';
import { throwIfStopped } from '#server/base/abort.ts';

export const smallDatabase = 'small';
const rowsEach = 100;
/** Statements of so many tables go in one text. */
const batchTables = 200;

/** Makes `count` tables of 100 rows and two secondary indexes; returns their names. */
export async function makeSmallTables(
  server: MariadbServer,
  count: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, at) => `account_${String(at + 1).padStart(5, '0')}`);
  await server.sql(`SET sql_log_bin = 0; CREATE DATABASE ${smallDatabase}`);
  const waiting = [...names];
  const work = async () => {
    for (let batch = waiting.splice(0, batchTables); batch.length > 0; batch = waiting.splice(0, batchTables)) {
      throwIfStopped(signal);
      await server.sql(`SET sql_log_bin = 0;\n${batch.map(statements).join('\n')}`, smallDatabase);
    }
  };
  await Promise.all([work(), work()]);
  return names;
}

const statements = (name: string): string => `
  CREATE TABLE ${name} (
    id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account bigint NOT NULL,
    holder varchar(80) NOT NULL,
    amount decimal(12,2) NOT NULL,
    booked datetime(6) NOT NULL,
    memo varchar(200) NULL,
    KEY by_account (account),
    KEY by_booked (booked, account)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
  INSERT INTO ${name} SELECT seq, floor(rand() * 1e12), concat('holder ', md5(rand())), round(rand() * 1e6, 2),
    date_add('2025-01-01', INTERVAL rand() * 3e13 MICROSECOND), if(seq % 4 = 0, NULL, concat('memo é中文 ', seq))
    FROM seq_1_to_${rowsEach};`;
