import type { MariadbServer } from '#lab/mariadb-server.ts';
import { throwIfStopped } from '#server/base/abort.ts';

export const largeTable = { database: 'bench', table: 'sbt' } as const;
const name = `${largeTable.database}.${largeTable.table}`;

/** About this much a row of the table below takes in the clustered index. */
const rowBytes = 517;
const sliceRows = 50_000;

/**
 * Makes a table of at least `sizeBytes` (DATA_LENGTH): 14 columns of the types tables are made of, Unicode and line
 * breaks among them, half of a row compressing hardly; two secondary indexes, built when the rows are there.
 */
export async function makeLargeTable(
  server: MariadbServer,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<{ rows: number; bytes: number }> {
  await server.sql(`SET sql_log_bin = 0; CREATE DATABASE ${largeTable.database}; CREATE TABLE ${name} (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    branch int unsigned NOT NULL,
    customer varchar(64) NOT NULL,
    code char(120) NOT NULL DEFAULT '',
    purpose varchar(255) NOT NULL,
    amount decimal(18,4) NOT NULL,
    balance decimal(12,2) NULL,
    created datetime(6) NOT NULL,
    updated timestamp NOT NULL DEFAULT current_timestamp(),
    flags smallint NOT NULL,
    ratio double NULL,
    document json,
    note text NULL,
    mark varbinary(24)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  let rows = 0;
  let bytes = 0;
  while (bytes < sizeBytes) {
    // A little more than what is missing by what is known of a row so far: seldom a third time.
    const perRow = rows === 0 ? rowBytes : bytes / rows;
    const more = Math.ceil(((sizeBytes - bytes) / perRow) * 1.005);
    await addRows(server, rows + 1, rows + more, signal);
    rows += more;
    bytes = await dataLength(server);
  }
  await server.sql(`SET sql_log_bin = 0; ALTER TABLE ${name} ADD KEY branch (branch), ADD KEY created (created, customer);
    ANALYZE TABLE ${name}`);
  return { rows, bytes };
}

/** In slices, two at a time: a core each. */
async function addRows(server: MariadbServer, from: number, to: number, signal: AbortSignal): Promise<void> {
  let next = from;
  const work = async () => {
    while (next <= to) {
      throwIfStopped(signal);
      const first = next;
      next = Math.min(to, first + sliceRows - 1) + 1;
      const rows = `seq_${first}_to_${next - 1}`; // a table of whole numbers, which exists by its name alone
      await server.sql(`SET sql_log_bin = 0; INSERT INTO ${name} SELECT ${values} FROM ${rows}`, largeTable.database);
    }
  };
  await Promise.all([work(), work()]);
}

async function dataLength(server: MariadbServer): Promise<number> {
  await server.sql(`SET sql_log_bin = 0; ANALYZE TABLE ${name}`);
  return Number(
    await server.sql(`SELECT data_length FROM information_schema.tables
      WHERE table_schema = '${largeTable.database}' AND table_name = '${largeTable.table}'`),
  );
}

const elevenDigits = "lpad(floor(rand() * 1e11), 11, '0')";
const words = 'the quick brown fox jumps over the lazy dog and keeps on running through the field until dusk';
const values = [
  'seq',
  'floor(rand() * 3500000)',
  "concat('cust-', lpad(floor(rand() * 1000000), 8, '0'), '-', lower(hex(seq * 7919 % 65536)))",
  `concat_ws('-', ${Array.from({ length: 10 }, () => elevenDigits).join(', ')})`,
  `concat('transfer from branch ', seq % 997, ' to branch ', seq % 1009, ' ref ', md5(seq), ' memo ',
     substr('${words}', 1, 20 + seq % 70))`,
  'round(rand() * 1e9 - 2e8, 4)',
  'if(seq % 11 = 0, NULL, round(rand() * 1e8, 2))',
  "date_add('2022-01-01', INTERVAL rand() * 63072000000000 MICROSECOND)",
  "date_add('2023-01-02', INTERVAL seq % 20000000 SECOND)",
  'cast(seq % 60000 AS signed) - 30000',
  'rand() * 1e6',
  `json_object('k', seq, 'tags', json_array('a', concat('t', seq % 50), 'z'),
     'address', json_object('city', concat('City ', seq % 300), 'zip', lpad(seq % 99999, 5, '0')))`,
  `CASE WHEN seq % 5 = 0 THEN NULL
     WHEN seq % 7 = 0 THEN concat('line1\\nline2\\ttabbed ''quoted'' \\\\ back ', seq)
     ELSE concat('note ', seq, ' é中文') END`,
  'unhex(substr(sha1(seq), 1, 48))',
].join(', ');
