import { columnFormat, type FragmentColumn } from '#server/manifest/schema.ts';
import { formatOfColumn, selectList } from './column-format.ts';
import { catalogText as text } from './definition-text.ts';
import { quoteTable, type TableAt } from './foreign-keys.ts';
import type { Column } from './protocol/column.ts';
import type { Row } from './protocol/row.ts';
import type { SqlSession } from './sql-session.ts';

/** Every column in its order: see readFragmentDefinition. `versioned` tells of row_start and row_end that stay hidden. */
export async function readColumns(
  connection: SqlSession,
  database: string,
  table: string,
  versioned: boolean,
): Promise<FragmentColumn[]> {
  const rows = await connection.query(
    `SELECT ${catalogColumns} FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [database, table],
  );
  const declared = declaredColumns(rows, versioned);
  return onTheWire(declared, await wireColumns(connection, rowsSql({ database, table }, declared)));
}

export type DeclaredColumn = Pick<FragmentColumn, 'name' | 'declared' | 'generated' | 'format'>;

/** What `declaredColumns` wants to know of each column, in the columns' order. */
export const catalogColumns =
  'COLUMN_NAME AS name, COLUMN_TYPE AS declared, EXTRA AS extra, GENERATION_EXPRESSION AS expression';

/** The columns as the catalog tells them. */
export function declaredColumns(rows: readonly Row[], versioned: boolean): DeclaredColumn[] {
  const known = rows.map((row) => {
    const period = ['ROW START', 'ROW END'].find((end) => end === text(row.expression));
    return {
      name: text(row.name),
      format: formatOfColumn(text(row.declared)),
      declared: period ? `${text(row.declared)} GENERATED ALWAYS AS ${period}` : text(row.declared),
      // DEFAULT_GENERATED is MySQL's word for a default expression.
      generated: !period && /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/.test(text(row.extra)),
    };
  });
  const shown = known.some((column) => column.declared.endsWith('ROW START'));
  if (shown) return known.filter((column) => !countsTransactions(column));
  if (versioned) {
    for (const [name, end] of [
      ['row_start', 'ROW START'],
      ['row_end', 'ROW END'],
    ] as const) {
      known.push({
        name,
        declared: `timestamp(6) GENERATED ALWAYS AS ${end}`,
        generated: false,
        format: columnFormat.asSent,
      });
    }
  }
  return known;
}

/** Row start and end as numbers of transactions are nothing that can be read and written back: see leftOfHistory. */
const countsTransactions = ({ declared }: DeclaredColumn) => /^bigint\b.* AS ROW (START|END)$/i.test(declared);

/** Together with how the server sends them. */
export function onTheWire(declared: readonly DeclaredColumn[], wire: readonly Column[]): FragmentColumn[] {
  return declared.map(({ name, declared, generated, format }, n) => {
    const { type, flags, collation, decimals } = wire[n]!;
    return { name, type, flags, charset: collation, decimals, declared, generated, format };
  });
}

/** Reads these columns of every row. */
export function rowsSql(at: TableAt, columns: readonly Pick<FragmentColumn, 'name' | 'format'>[]): string {
  return `SELECT ${selectList(columns)} FROM ${quoteTable(at)}`;
}

/** How the server will send each column when nobody converts text: the column's own character set among it. */
async function wireColumns(connection: SqlSession, sql: string): Promise<readonly Column[]> {
  await connection.execute('SET character_set_results = NULL');
  try {
    const statement = await connection.prepare(sql);
    statement.close();
    return statement.columns;
  } finally {
    await connection.execute('SET character_set_results = utf8mb4');
  }
}
