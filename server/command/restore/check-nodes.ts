import type { Clock } from '#server/base/clock.ts';
import { formatSize } from '#server/base/units.ts';
import type { PlanCheck, PlanTable } from '#server/contract/restore.ts';
import { type Finding, someOf } from '#server/engine/checks/finding.ts';
import { readMysqlFacts } from '#server/engine/checks/mysql-facts.ts';
import { checkPrivileges } from '#server/engine/checks/mysql-privileges.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { checkLoad } from './check-load.ts';
import { checkPacket } from './check-packet.ts';
import type { TargetWorld } from './world.ts';

/** Indexes and the undo of the load take room besides the rows. */
const roomFactor = 1.3;
/** Transactions older than this are named, because a swap waits for those on its table. */
const longTransactionSeconds = 10;

/**
 * What else the checks of a node depend on. `numbered`: tables with an AUTO_INCREMENT column, by their source. `longest`:
 * bytes of each table's longest row, by its source, where the backup says it.
 */
type Depends = [
  asked: Parameters<typeof checkLoad>[2],
  numbered: ReadonlySet<string>,
  longest: ReadonlyMap<string, number>,
  clock: Clock,
];

/** Checks of every node this plan writes to. A `bad` one stops the restore; nothing has been changed then. */
export async function checkNodes(
  world: TargetWorld,
  tables: readonly PlanTable[],
  ...depends: Depends
): Promise<PlanCheck[]> {
  const good = tables.filter((table) => table.problem === null);
  const names = [...new Set(good.flatMap((table) => table.fragments.map((fragment) => fragment.target.node)))].sort();
  const checks = await Promise.all(names.map((name) => checkNode(world, name, good, ...depends)));
  return [...unreachable(world), ...checks.flat()];
}

/** A node that does not answer is no hindrance while nothing is placed on it; it is said all the same. */
function unreachable(world: TargetWorld): PlanCheck[] {
  return world.nodes
    .filter((node) => node.problem !== null)
    .map((node) => ({
      id: `reachable/${node.name}`,
      label: `${node.name} answers`,
      state: 'warn',
      detail: `${node.problem!.message}; nothing is placed there`,
      fix: node.problem!.hint,
    }));
}

async function checkNode(
  world: TargetWorld,
  name: string,
  tables: readonly PlanTable[],
  ...[asked, numbered, longest, clock]: Depends
): Promise<PlanCheck[]> {
  const session = await world.session(name);
  const facts = await readMysqlFacts(session, clock);
  const settings = await world.settings(name);
  const here = tables.flatMap((table) => table.fragments.filter((fragment) => fragment.target.node === name));
  const databases = [...new Set(here.map((fragment) => fragment.target.database))];
  const inPlace = tables.some(
    (table) => table.mode === 'in-place' && table.fragments.some((fragment) => fragment.target.node === name),
  );
  const inTurns = tables.some(
    ({ source, fragments }) =>
      numbered.has(source) && fragments.some(({ target, chunks }) => target.node === name && chunks > 1),
  );
  return [
    spaceCheck(name, here, world.node(name).freeBytes),
    privilegeCheck(name, checkPrivileges(facts, databases)),
    check(name, 'read-only', 'can be written', settings.readOnly && 'bad', {
      detail: 'the server is read only',
      fix: 'Restore into the primary, or SET GLOBAL read_only = 0.',
    }),
    checkPacket(
      name,
      settings.maxAllowedPacket,
      tables
        .filter(({ fragments }) => fragments.some(({ target }) => target.node === name))
        .map(({ source }) => ({ table: source, bytes: longest.get(source) ?? null })),
    ),
    ...(await checkLoad(world, name, asked, inTurns)),
    ...(inPlace ? [await longTransactions(name, session)] : []),
  ];
}

function spaceCheck(node: string, fragments: readonly { rawBytes: number }[], freeBytes: number | null): PlanCheck {
  const need = Math.ceil(fragments.reduce((sum, fragment) => sum + fragment.rawBytes, 0) * roomFactor);
  if (freeBytes === null) {
    return check(node, 'space', 'has room', 'warn', {
      detail: `the server does not tell its free space; about ${formatSize(need)} are needed`,
      fix: "Look yourself. On MariaDB: INSTALL SONAME 'disks'; and GRANT FILE ON *.* to the user of Tidemark.",
    });
  }
  return check(node, 'space', 'has room', freeBytes < need && 'bad', {
    detail: `${formatSize(freeBytes)} are free, about ${formatSize(need)} are needed`,
    fix: 'Free space, or place fragments on another node.',
    good: `${formatSize(freeBytes)} are free, about ${formatSize(need)} are needed`,
  });
}

const restorePrivileges = ['select', 'create', 'alter', 'drop', 'insert', 'index', 'references'];

function privilegeCheck(node: string, findings: readonly Finding[]): PlanCheck {
  const lacking = findings.filter(
    (finding) => finding.state !== 'ok' && restorePrivileges.includes(finding.id.replace('privilege/', '')),
  );
  return check(node, 'privileges', 'lets Tidemark write', lacking.length > 0 && 'bad', {
    detail: `lacking: ${someOf(
      lacking.map((finding) => finding.label.replace('Privilege ', '')),
      10,
    )}`,
    fix: lacking.map((finding) => finding.fix).join(' '),
    good: 'every needed privilege is granted',
  });
}

async function longTransactions(node: string, session: MysqlConnection): Promise<PlanCheck> {
  const rows = await session
    .query(
      `SELECT trx_mysql_thread_id AS id, TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS seconds
         FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id <> CONNECTION_ID()
        HAVING seconds >= ${longTransactionSeconds} ORDER BY seconds DESC`,
    )
    .catch(() => []); // without PROCESS nobody tells: the swap itself waits with a bound
  const shown = rows.map((row) => `session ${row.id} for ${row.seconds} s`);
  return check(node, 'transactions', 'has no long transaction', rows.length > 0 && 'warn', {
    detail: `open: ${someOf(shown)}; the swap waits for those that use the table`,
    fix: 'End them, or start when they have ended.',
  });
}

function check(
  node: string,
  id: string,
  label: string,
  fault: 'warn' | 'bad' | false,
  words: { detail: string; fix: string; good?: string },
): PlanCheck {
  const of = { id: `${id}/${node}`, label: `${node} ${label}` };
  if (fault === false) return { ...of, state: 'ok', detail: words.good ?? '', fix: '' };
  return { ...of, state: fault, detail: words.detail, fix: words.fix };
}
