import { formatBytes } from '#components/format/bytes.ts';
import { formatCount } from '#components/format/number.ts';
import { matchesGlob } from '#server/contract/scope.ts';
import type { AddCommands, Session } from '../command-line.ts';
import { everyPage } from '../every-page.ts';
import { exitCodes } from '../exit-code.ts';
import { instantCell, textTable } from '../text-table.ts';

export const addTableCommands: AddCommands = (program, run) => {
  program
    .command('table')
    .description('the tables of a cluster')
    .command('list <cluster>')
    .description('tables as last seen, with what backups hold of them')
    .option('--like <glob>', "only whole names that match, as in '*.public.order_*' (* any run, ? one character)")
    .action(run(list));
};

async function list({ console, out }: Session, name: string, options: { like?: string }) {
  const cluster = await console.cluster.show.query({ name });
  if (cluster.topologyAt === null) out.note(`${name} was never looked at; run: tidemark cluster check ${name}`);
  const { like } = options;
  const text = like === undefined ? undefined : literalOf(like);
  const found = await everyPage(async (cursor: number | undefined) => {
    const { tables, nextCursor } = await console.table.search.query({
      clusterId: cluster.id,
      text,
      cursor,
      limit: 500,
    });
    return { rows: tables, nextCursor };
  });
  const tables = like === undefined ? found : found.filter((table) => matchesGlob(like, table.name));
  out.result(
    {
      cluster: name,
      seenAt: cluster.topologyAt,
      tables: tables.map(({ name, kind, estimatedRows, bytes, fragments, problem, lastBackupAt }) => ({
        name,
        kind,
        estimatedRows,
        bytes,
        fragments,
        problem,
        lastBackupAt,
      })),
    },
    () =>
      textTable(
        ['table', 'kind', '>rows (about)', '>size', '>fragments', 'last backup', 'problem'],
        tables.map((table) => [
          table.name,
          table.kind,
          formatCount(table.estimatedRows),
          formatBytes(table.bytes),
          table.fragments.length,
          instantCell(table.lastBackupAt),
          table.problem ?? ' ',
        ]),
        'no table',
      ),
  );
  return exitCodes.done;
}

/** The longest run of plain characters, by which the console can narrow the search; undefined when there is none. */
function literalOf(glob: string): string | undefined {
  const [longest] = glob.split(/[*?]+/).sort((a, b) => b.length - a.length);
  return longest ? longest.slice(0, 200) : undefined;
}
