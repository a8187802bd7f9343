import { TidemarkError } from '#server/base/error.ts';
import type { ComputingDefinition } from '#server/manifest/schema.ts';
import type { NewPlace, Partition, Placement, Relation } from './ddl-placement.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.ts';

type Option = { name: string; value: string };

/**
 * The CREATE statements of a table under another name, in an order that works: the root, partitioned partitions, then
 * leaves with their bounds. Pure: the recorded parts go in, SQL comes out, and every name is quoted. Types,
 * expressions, keys and bounds stand as the catalogs wrote them (qualified). Comments and grants are statements of
 * their own: ddl-extras.ts. Errors: `table/unsupported` for a leaf whose rows lie on the computing node itself.
 */
export function createTableStatements(definition: ComputingDefinition, root: Relation, place: NewPlace): string[] {
  if (definition.kind === 'foreign') return [createForeign(definition, place.root, place.placeOf(root))];
  const partitioned = `CREATE TABLE ${quoted(place.root)} (\n  ${body(definition, false)}\n) PARTITION BY ${definition.partitionKey}`;
  return [partitioned, ...definition.partitions.flatMap((partition) => createPartition(partition, root, place))];
}

function createForeign(definition: ComputingDefinition, name: Relation, placement: Placement): string {
  const options = optionsClause(placedOptions(definition.options, placement));
  return `CREATE FOREIGN TABLE ${quoted(name)} (\n  ${body(definition, true)}\n) SERVER ${quoteIdentifier(placement.server)}${options}`;
}

function body(definition: ComputingDefinition, foreign: boolean): string {
  const columns = definition.columns.map((column) =>
    [
      quoteIdentifier(column.name),
      column.type,
      foreign ? optionsClause(column.options).trimStart() : '',
      column.collation === null ? '' : `COLLATE ${column.collation}`,
      column.notNull ? 'NOT NULL' : '',
      column.default === null ? '' : `DEFAULT ${column.default}`,
      column.generated === null ? '' : `GENERATED ALWAYS AS (${column.generated}) STORED`,
    ]
      .filter(Boolean)
      .join(' '),
  );
  const checks = definition.checks.map((check) => `CONSTRAINT ${quoteIdentifier(check.name)} ${check.definition}`);
  return [...columns, ...checks].join(',\n  ');
}

function createPartition(partition: Partition, root: Relation, place: NewPlace): string[] {
  const name = quoted(place.nameOf(partition));
  const parent = { schema: partition.parentSchema, name: partition.parent };
  const isRoot = parent.schema === root.schema && parent.name === root.name;
  const head = `${name} PARTITION OF ${quoted(isRoot ? place.root : place.nameOf(parent))} ${partition.bound}`;
  if (partition.partitionKey !== null) return [`CREATE TABLE ${head} PARTITION BY ${partition.partitionKey}`];
  if (partition.server === null) {
    throw new TidemarkError(
      'table/unsupported',
      `the rows of partition ${partition.name} lie on the computing node itself`,
    );
  }
  const placement = place.placeOf(partition);
  const options = optionsClause(placedOptions(partition.options, placement));
  const columnOptions = Map.groupBy(partition.columnOptions, (option) => option.column);
  return [
    `CREATE FOREIGN TABLE ${head} SERVER ${quoteIdentifier(placement.server)}${options}`,
    ...[...columnOptions].map(
      ([column, own]) => `ALTER FOREIGN TABLE ${name} ALTER COLUMN ${quoteIdentifier(column)}${optionsClause(own)}`,
    ),
  ];
}

/** The recorded options with the place replaced; both are always written, because their defaults are the old names. */
function placedOptions(options: readonly Option[], placement: Placement): Option[] {
  const placed = [
    { name: 'dbname', value: placement.database },
    { name: 'table_name', value: placement.table },
  ];
  const others = options.filter((option) => !placed.some((own) => own.name === option.name));
  return [...placed, ...others];
}

function optionsClause(options: readonly Option[]): string {
  if (options.length === 0) return '';
  return ` OPTIONS (${options.map((o) => `${quoteIdentifier(o.name)} ${quoteLiteral(o.value)}`).join(', ')})`;
}

const quoted = (relation: Relation) => quoteQualified(relation.schema, relation.name);
