import type { ClusterSecrets } from './node.ts';

/**
 * Exactly what Tidemark needs on a MariaDB node, each with its reason, so that the lab also proves the list complete.
 */
export const tidemarkPrivileges = [
  'SELECT', // read rows and definitions
  'INSERT', // load restored rows
  'UPDATE',
  'DELETE',
  'CREATE', // staging tables and databases
  'DROP', // rename and remove them
  'ALTER', // indexes after rows, rename
  'INDEX',
  'REFERENCES', // foreign keys of a restored table
  'TRIGGER',
  'CREATE VIEW',
  'SHOW VIEW',
  'EVENT',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'EXECUTE',
  'LOCK TABLES',
  'RELOAD', // BACKUP STAGE: one cut on all nodes
  'PROCESS', // who waits for our locks
  'SHOW DATABASES',
  'BINLOG MONITOR', // positions
  'REPLICATION SLAVE', // read the binlog
  'BINLOG ADMIN', // give a table back while its snapshot lives on
  'CONNECTION ADMIN', // end our own abandoned sessions
  'SET USER', // definers of triggers, views and routines
] as const;

const hosts = ["'127.0.0.1'", 'localhost'];

/** Both users of a MariaDB node, at the socket and at 127.0.0.1. */
export function mariadbUsers(secrets: ClusterSecrets): string {
  const statements = hosts.flatMap((host) => [
    `CREATE OR REPLACE USER tidemark@${host} IDENTIFIED BY '${secrets.tidemark}'`,
    `GRANT ${tidemarkPrivileges.join(', ')} ON *.* TO tidemark@${host}`,
    `CREATE OR REPLACE USER app@${host} IDENTIFIED BY '${secrets.app}'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON *.* TO app@${host}`,
  ]);
  // The binlog of a lab node begins with its tables; who may read it is no business of the rows.
  return `SET sql_log_bin = 0;\n${statements.join(';\n')};\n`;
}

/**
 * The roles of a PostgreSQL node: `lab_owner` owns the tables and cannot log in, `tidemark` is a member of it, `app`
 * reads and writes. The caller grants databases, schemas and foreign servers.
 */
export function postgresRoles(secrets: ClusterSecrets): string {
  return `
    CREATE ROLE lab_owner NOLOGIN;
    CREATE ROLE tidemark LOGIN PASSWORD '${secrets.tidemark}' IN ROLE lab_owner;
    CREATE ROLE app LOGIN PASSWORD '${secrets.app}' IN ROLE pg_read_all_data, pg_write_all_data;
  `;
}
