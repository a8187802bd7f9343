import { bad, type Finding, ok, someOf, warn } from './finding.ts';
import { quoteAccount, quoteGrantDatabase } from './grant-target.ts';
import { holds } from './grants.ts';
import type { MysqlFacts } from './mysql-facts.ts';

interface Need {
  privilege: string;
  /** `global` ones exist only ON *.*; `data` must reach the databases read; `restore` also those that staging makes. */
  scope: 'global' | 'data' | 'restore';
  without: string;
  state?: 'bad';
}

/** Each with what is lost without it. */
const common: readonly Need[] = [
  { privilege: 'SELECT', scope: 'data', without: 'rows cannot be read', state: 'bad' },
  { privilege: 'SHOW VIEW', scope: 'data', without: 'views will not be in backups' },
  { privilege: 'TRIGGER', scope: 'data', without: 'triggers will not be in backups' },
  { privilege: 'EVENT', scope: 'data', without: 'events will not be in backups' },
  { privilege: 'PROCESS', scope: 'global', without: 'a dump cannot see who waits for it and cannot give way' },
  { privilege: 'RELOAD', scope: 'global', without: 'commits cannot be held, so the cut over all nodes is not proven' },
  { privilege: 'REPLICATION SLAVE', scope: 'global', without: 'the log cannot be archived' },
  ...['CREATE', 'ALTER', 'DROP', 'INSERT', 'INDEX', 'REFERENCES'].map(
    (privilege): Need => ({ privilege, scope: 'restore', without: 'restores will not work' }),
  ),
  {
    privilege: 'LOCK TABLES',
    scope: 'restore',
    without: 'a live table cannot be held still on all its nodes while another takes its place',
  },
];

const byFlavor: Record<MysqlFacts['flavor'], readonly Need[]> = {
  mariadb: [
    { privilege: 'BINLOG MONITOR', scope: 'global', without: 'positions and filters of the binlog cannot be read' },
    {
      privilege: 'BINLOG ADMIN',
      scope: 'global',
      // Only a session that writes no binlog gives a table's lock back before its snapshot ends.
      without:
        'a backup keeps every table it has read from being altered until it ends, and loses its snapshot to let one go',
    },
    { privilege: 'SET USER', scope: 'global', without: 'triggers that another user defined will not come back' },
  ],
  mysql: [
    { privilege: 'REPLICATION CLIENT', scope: 'global', without: 'positions and filters of the binlog cannot be read' },
    { privilege: 'BACKUP_ADMIN', scope: 'global', without: 'DDL cannot be held off while snapshots are opened' },
    { privilege: 'XA_RECOVER_ADMIN', scope: 'global', without: 'prepared transactions cannot be seen' },
  ],
};

/** Any name that staging may take, to ask whether a grant on a pattern reaches it. */
const stagingExample = 'tidemark_01arz3ndektsv4rrffq69g5fav_0';

/** One finding for every privilege by its name; `databases` are those that hold tables of the cluster. */
export function checkPrivileges(facts: MysqlFacts, databases: readonly string[]): Finding[] {
  return [...common, ...byFlavor[facts.flavor]].map((need) => check(need, facts, databases));
}

function check(need: Need, facts: MysqlFacts, databases: readonly string[]): Finding {
  const { privilege, scope, without } = need;
  const id = `privilege/${privilege.toLowerCase().replaceAll(' ', '-')}`;
  const label = `Privilege ${privilege}`;
  if (holds(facts.grants, privilege)) return ok(id, label, 'granted');
  const wanted = scope === 'global' ? [] : scope === 'data' ? databases : [...databases, stagingExample];
  const lacking = wanted.filter((database) => !holds(facts.grants, privilege, database));
  if (wanted.length > 0 && lacking.length === 0) return ok(id, label, 'granted on the databases that hold tables');
  // Restores make databases, and global rights have no smaller place: there the whole server is the only answer.
  const everywhere = scope !== 'data' || lacking.length === 0 || lacking.length > 5;
  const account = quoteAccount(facts.currentUser);
  const places = everywhere ? ['*.*'] : lacking.map(quoteGrantDatabase);
  const fix = places.map((place) => `GRANT ${privilege} ON ${place} TO ${account};`).join(' ');
  const where = everywhere ? '' : ` on ${someOf(lacking)}`;
  const detail = `${facts.currentUser} lacks ${privilege}${where}: ${without}`;
  return need.state === 'bad' ? bad(id, label, detail, fix) : warn(id, label, detail, fix);
}
