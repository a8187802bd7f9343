import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';

/**
 * Which Debian package brings which file, and where the file lies. A package counts as present when its files are there,
 * however they came: dpkg's own list is not asked, so a hand-built MariaDB serves as well.
 */
export type PackageName =
  | 'mariadb-server'
  | 'postgresql-15'
  | 'postgresql-15-mysql-fdw'
  | 'chromium'
  | 'mydumper'
  | 'zstd';
export type ProgramName = keyof typeof programs;

const postgresFolder = '/usr/lib/postgresql/15';

const programs = {
  mariadbd: { package: 'mariadb-server', places: ['/usr/sbin', '/usr/local/sbin', '/usr/local/mysql/bin'] },
  'mariadb-install-db': { package: 'mariadb-server', places: ['/usr/bin', '/usr/local/bin'] },
  mariadb: { package: 'mariadb-server', places: ['/usr/bin', '/usr/local/bin'] },
  'mariadb-binlog': { package: 'mariadb-server', places: ['/usr/bin', '/usr/local/bin'] },
  postgres: { package: 'postgresql-15', places: [`${postgresFolder}/bin`] },
  initdb: { package: 'postgresql-15', places: [`${postgresFolder}/bin`] },
  'mysql_fdw.so': { package: 'postgresql-15-mysql-fdw', places: [`${postgresFolder}/lib`] },
  'mysql_fdw.control': { package: 'postgresql-15-mysql-fdw', places: ['/usr/share/postgresql/15/extension'] },
  chromium: { package: 'chromium', places: ['/usr/bin'] },
  mydumper: { package: 'mydumper', places: ['/usr/bin', '/usr/local/bin'] },
  myloader: { package: 'mydumper', places: ['/usr/bin', '/usr/local/bin'] },
  zstd: { package: 'zstd', places: ['/usr/bin', '/usr/local/bin'] },
} as const satisfies Record<string, { package: PackageName; places: readonly string[] }>;

/** PATH is a fallback only for programs whose version does not matter here; PostgreSQL must be exactly 15. */
const searchPath = new Set<ProgramName>([
  'mariadbd',
  'mariadb-install-db',
  'mariadb',
  'mariadb-binlog',
  'chromium',
  'mydumper',
  'myloader',
  'zstd',
]);

/** Absolute path of a program. Errors: `package/missing` naming the package. */
export function programPath(name: ProgramName): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw missingPackage([programs[name].package], `${name} was not found`);
}

/** The packages of `names` of which a file is missing, in the order asked. */
export function missingPackages(names: readonly PackageName[]): PackageName[] {
  const all = Object.keys(programs) as ProgramName[];
  return [...new Set(names)].filter((name) =>
    all.some((program) => programs[program].package === name && findProgram(program) === undefined),
  );
}

/** One line that names what to install. */
export function missingPackage(names: readonly PackageName[], reason: string): TidemarkError {
  const list = names.join(' ');
  return new TidemarkError('package/missing', `package ${list} is needed and ${reason}`, {
    hint: `As root: apt-get install -y --no-install-recommends ${list}`,
    context: { packages: [...names] },
  });
}

function findProgram(name: ProgramName): string | undefined {
  const onPath = searchPath.has(name) ? (process.env.PATH ?? '').split(delimiter).filter(Boolean) : [];
  return [...programs[name].places, ...onPath].map((folder) => join(folder, name)).find(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
