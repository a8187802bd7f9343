import type { MariadbServer } from '#lab/mariadb-server.ts';

/** A table as the server's own client shows it. */
export interface SeenTable {
  /** SHOW CREATE TABLE. */
  definition: string;
  /** Every row as one line of text, sorted. */
  rows: string[];
}

const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``;
const mark = '-- table ';

/**
 * Every table of a database, by name, read by SQL of the server's own client: it shares nothing with what it proves. Each
 * value is written without loss: numbers in full, ENUM and SET with their numbers, text and bytes in hex as they are
 * stored (long ones as length and MD5), CHAR with its padding, rows of the past and hidden periods too.
 */
export async function seenIn(server: MariadbServer, database: string): Promise<Map<string, SeenTable>> {
  const tables = await columnsOf(server, database);
  const questions = [...tables].map(([name, { columns, versioned }]) => {
    const values = columns.map((column) => `ifnull(${valueText(quote(column.name), column.type)}, 'NULL')`);
    const past = versioned ? ' FOR SYSTEM_TIME ALL' : '';
    return `SELECT '${mark}${hexOf(name)}'; SHOW CREATE TABLE ${quote(name)};
      SELECT concat_ws('|', ${values.join(', ')}) FROM ${quote(name)}${past};`;
  });
  const session = "SET time_zone = '+00:00', sql_mode = 'PAD_CHAR_TO_FULL_LENGTH';";
  const text = await server.sql(`${session}${questions.join('\n')}`, database);
  const seen = new Map<string, SeenTable>();
  for (const part of text.split(mark).slice(1)) {
    const [name = '', shown = '', ...rows] = part.split('\n').filter((line) => line !== '');
    const definition = shown.slice(shown.indexOf('\tCREATE TABLE') + 1).replaceAll('\\n', '\n');
    seen.set(Buffer.from(name, 'hex').toString(), { definition, rows: rows.sort() });
  }
  return seen;
}

const hexOf = (text: string) => Buffer.from(text).toString('hex');

interface SeenColumns {
  columns: { name: string; type: string }[];
  versioned: boolean;
}

async function columnsOf(server: MariadbServer, database: string): Promise<Map<string, SeenColumns>> {
  const known = await server.sql(
    `SELECT HEX(TABLE_NAME), TABLE_TYPE, HEX(COLUMN_NAME), DATA_TYPE, GENERATION_EXPRESSION = 'ROW START'
       FROM information_schema.COLUMNS JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
      WHERE TABLE_SCHEMA = '${database}' AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
      ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const tables = new Map<string, SeenColumns>();
  const ownPeriod = new Set<string>();
  for (const line of known.split('\n').filter((text) => text !== '')) {
    const [table = '', kind, column = '', type = '', period] = line.split('\t');
    const name = Buffer.from(table, 'hex').toString();
    const found = tables.get(name) ?? { columns: [], versioned: kind === 'SYSTEM VERSIONED' };
    tables.set(name, found);
    found.columns.push({ name: Buffer.from(column, 'hex').toString(), type });
    if (period === '1') ownPeriod.add(name);
  }
  for (const [name, { columns, versioned }] of tables) {
    if (!versioned || ownPeriod.has(name)) continue;
    columns.push({ name: 'row_start', type: 'timestamp' }, { name: 'row_end', type: 'timestamp' });
  }
  return tables;
}

function valueText(column: string, type: string): string {
  switch (type) {
    case 'float':
      return `concat(cast(${column} AS double))`;
    case 'bit':
      return `concat(${column} + 0)`;
    case 'enum':
    case 'set':
      return `concat(${column} + 0, ':', hex(${column}))`;
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
    case 'decimal':
    case 'double':
    case 'year':
    case 'date':
    case 'time':
    case 'datetime':
    case 'timestamp':
    case 'uuid':
    case 'inet4':
    case 'inet6':
      return `concat(${column})`;
    default:
      return `if(octet_length(${column}) > 100, concat(octet_length(${column}), '#', md5(${column})), hex(${column}))`;
  }
}
