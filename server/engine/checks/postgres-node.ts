import { quoteIdentifier } from '../postgres/identifier.ts';
import { checkSkew } from './clock-skew.ts';
import { bad, type Finding, ok, someOf, unknown, warn } from './finding.ts';
import type { PostgresFacts } from './postgres-facts.ts';
import { atLeast, parseVersion } from './version.ts';

/** Every finding about a computing node that answered. */
export function checkPostgresNode(facts: PostgresFacts): Finding[] {
  return [
    checkVersion(facts),
    checkSkew(facts.skew),
    ok('time_zone', 'Time zone', facts.timeZone),
    checkExtension(facts),
    checkServers(facts),
    checkMappings(facts),
    checkCreate(facts),
    checkSelect(facts),
    checkOwners(facts),
    checkPgDump(facts),
  ];
}

function checkVersion({ version, versionText }: PostgresFacts): Finding {
  const [id, label] = ['version', 'Version'];
  if (version === undefined) return unknown(id, label, `the server calls itself ${versionText}`, '');
  if (atLeast(version, 13)) return ok(id, label, versionText);
  return bad(id, label, `${versionText} is older than PostgreSQL 13`, 'Upgrade this node to PostgreSQL 13 or newer.');
}

function checkExtension({ mysqlFdw, database }: PostgresFacts): Finding {
  const [id, label] = ['mysql_fdw', 'Extension mysql_fdw'];
  if (mysqlFdw !== null) return ok(id, label, mysqlFdw);
  const fix = `CREATE EXTENSION mysql_fdw; in database ${database}, or register another database of this node.`;
  return bad(id, label, `it is not installed in database ${database}, so no table on a storage node can be seen`, fix);
}

function checkServers({ servers, role }: PostgresFacts): Finding {
  const [id, label] = ['privilege/usage', 'Privilege USAGE on foreign servers'];
  if (servers.length === 0) {
    const fix = 'CREATE SERVER … FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host …, port …);';
    return warn(id, label, 'there is no foreign server of mysql_fdw, so no storage node', fix);
  }
  const lacking = servers.filter((server) => !server.usage).map((server) => server.name);
  if (lacking.length === 0) return ok(id, label, `granted on ${someOf(servers.map((server) => server.name))}`);
  const detail = `${role} lacks USAGE on ${someOf(lacking)}: no table can be restored there`;
  return warn(
    id,
    label,
    detail,
    forEach(lacking, (name) => `GRANT USAGE ON FOREIGN SERVER ${name}`, role),
  );
}

function checkMappings({ servers, role }: PostgresFacts): Finding {
  const [id, label] = ['user_mapping', 'User mappings'];
  const lacking = servers.filter((server) => !server.mapped).map((server) => server.name);
  if (lacking.length === 0) return ok(id, label, servers.length === 0 ? 'none needed' : 'every foreign server has one');
  const fix = lacking
    .slice(0, 5)
    .map((name) => `CREATE USER MAPPING FOR ${quoteIdentifier(role)} SERVER ${quoteIdentifier(name)} OPTIONS (…);`)
    .join(' ');
  const detail = `${role} has none for ${someOf(lacking)}: backups work, reading tables through this node does not`;
  return warn(id, label, detail, fix);
}

function checkCreate({ createInDatabase, database, schemas, role }: PostgresFacts): Finding {
  const [id, label] = ['privilege/create', 'Privilege CREATE'];
  const lacking = schemas.filter((schema) => !schema.create || !schema.usage).map((schema) => schema.name);
  const grants: string[] = [];
  if (!createInDatabase) {
    grants.push(`GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)};`);
  }
  if (lacking.length > 0) grants.push(forEach(lacking, (name) => `GRANT USAGE, CREATE ON SCHEMA ${name}`, role));
  if (grants.length === 0) return ok(id, label, 'granted on the database and on the schemas that hold tables');
  const where = [
    ...(createInDatabase ? [] : [`database ${database} (restores cannot make a schema)`]),
    ...(lacking.length === 0 ? [] : [`${someOf(lacking)} (restores into them will not work)`]),
  ];
  return warn(id, label, `${role} lacks CREATE on ${where.join(' and on schemas ')}`, grants.join(' '));
}

function checkSelect({ unreadable, role }: PostgresFacts): Finding {
  const [id, label] = ['privilege/select', 'Privilege SELECT'];
  if (unreadable.length === 0) return ok(id, label, 'granted on every table');
  const names = unreadable.map((table) => `${table.schema}.${table.name}`);
  const schemas = [...new Set(unreadable.map((table) => table.schema))];
  const detail = `${role} may not read ${someOf(names)} through this node; rows are read from the storage nodes all the same`;
  return warn(
    id,
    label,
    detail,
    forEach(schemas, (name) => `GRANT SELECT ON ALL TABLES IN SCHEMA ${name}`, role),
  );
}

function checkOwners({ foreignOwners, role }: PostgresFacts): Finding {
  const [id, label] = ['owners', 'Owners of tables'];
  if (foreignOwners.length === 0) return ok(id, label, `${role} is a member of each`);
  const detail = `${role} is no member of ${someOf(foreignOwners)}: restored tables will belong to ${role} instead`;
  return warn(
    id,
    label,
    detail,
    forEach(foreignOwners, (name) => `GRANT ${name}`, role),
  );
}

function checkPgDump({ pgDump, version, versionText }: PostgresFacts): Finding {
  const [id, label] = ['pg_dump', 'pg_dump on the executor'];
  if (pgDump === null) {
    const fix = 'Install postgresql-client on the machine of the executor, when you want to compare with it.';
    return warn(id, label, 'not found; optional, backups and restores do not use it', fix);
  }
  const own = parseVersion(pgDump);
  if (own !== undefined && version !== undefined && own.major < version.major) {
    const detail = `${pgDump} is older than the server (${versionText}) and would refuse it; optional`;
    return warn(id, label, detail, `Install postgresql-client-${version.major} on the machine of the executor.`);
  }
  return ok(id, label, pgDump);
}

/** One statement for each of the first five names. */
function forEach(names: readonly string[], grant: (quoted: string) => string, role: string): string {
  return names
    .slice(0, 5)
    .map((name) => `${grant(quoteIdentifier(name))} TO ${quoteIdentifier(role)};`)
    .join(' ');
}
