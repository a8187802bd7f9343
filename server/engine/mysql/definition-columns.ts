import type { FragmentColumn } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { catalogText as text } from './definition-text.ts';
import { quoteIdentifier } from './identifier.ts';

/** Every column in its order: see readFragmentDefinition. `versioned` tells of row_start and row_end that stay hidden. */
export async function readColumns(
  connection: MysqlConnection,
  database: string,
  table: string,
  versioned: boolean,
): Promise<FragmentColumn[]> {
  const rows = await connection.query(
    `SELECT COLUMN_NAME AS name, COLUMN_TYPE AS declared, EXTRA AS extra, GENERATION_EXPRESSION AS expression
       FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [database, table],
  );
  const known = rows.map((row) => {
    const period = ['ROW START', 'ROW END'].find((end) => end === text(row.expression));
    return {
      name: text(row.name),
      declared: period ? `${text(row.declared)} GENERATED ALWAYS AS ${period}` : text(row.declared),
      // DEFAULT_GENERATED is MySQL's word for a default expression.
      generated: !period && /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/.test(text(row.extra)),
    };
  });
  const shown = known.some((column) => column.declared.endsWith('ROW START'));
  if (versioned && !shown) {
    for (const [name, end] of [
      ['row_start', 'ROW START'],
      ['row_end', 'ROW END'],
    ] as const) {
      known.push({ name, declared: `timestamp(6) GENERATED ALWAYS AS ${end}`, generated: false });
    }
  }
  const wire = await wireColumns(
    connection,
    database,
    table,
    known.map((column) => column.name),
  );
  return known.map(({ name, declared, generated }, n) => {
    const { type, flags, collation, decimals } = wire[n]!;
    return { name, type, flags, charset: collation, decimals, declared, generated };
  });
}

/** How the server will send each column when nobody converts text: the column's own character set among it. */
async function wireColumns(connection: MysqlConnection, database: string, table: string, names: string[]) {
  await connection.execute('SET character_set_results = NULL');
  try {
    const list = names.map(quoteIdentifier).join(', ');
    const statement = await connection.prepare(
      `SELECT ${list} FROM ${quoteIdentifier(database)}.${quoteIdentifier(table)}`,
    );
    statement.close();
    return statement.columns;
  } finally {
    await connection.execute('SET character_set_results = utf8mb4');
  }
}
