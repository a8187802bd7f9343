import { ByteReader } from '../protocol/byte-reader.ts';
import { protocolError } from '../protocol/protocol-error.ts';

/** The session a statement ran in, as far as its meaning hangs on it; undefined: not written, the server's default. */
export interface StatementSession {
  sqlMode?: bigint;
  /** Bits of OPTION_…: autocommit, foreign key checks, unique checks. */
  options?: number;
  timeZone?: string;
  charset?: { client: number; connection: number; server: number };
  databaseCollation?: number;
  autoIncrement?: { increment: number; offset: number };
  timeNames?: number;
  /** Fraction of the statement's time, in microseconds. */
  microseconds?: number;
  /** Of the transaction the server had for this DDL. */
  ddlXid?: bigint;
}

/** In the order written, each after its code. A code that is not here has no known length. */
const readers: Record<number, (vars: ByteReader, into: StatementSession) => void> = {
  0: (vars, into) => {
    into.options = vars.u32();
  },
  1: (vars, into) => {
    into.sqlMode = vars.u64();
  },
  2: (vars) => vars.view(vars.u8() + 1), // catalog with a zero, before 5.1
  3: (vars, into) => {
    const increment = vars.u16();
    into.autoIncrement = { increment, offset: vars.u16() };
  },
  4: (vars, into) => {
    const client = vars.u16();
    const connection = vars.u16();
    into.charset = { client, connection, server: vars.u16() };
  },
  5: (vars, into) => {
    into.timeZone = vars.view(vars.u8()).toString('latin1');
  },
  6: (vars) => vars.view(vars.u8()), // catalog
  7: (vars, into) => {
    into.timeNames = vars.u16();
  },
  8: (vars, into) => {
    into.databaseCollation = vars.u16();
  },
  9: (vars) => vars.u64(), // tables an UPDATE of several changes
  10: (vars) => vars.u32(), // bytes the primary wrote
  11: (vars) => [vars.view(vars.u8()), vars.view(vars.u8())], // invoker: user, host
  12: (vars) => skipDatabases(vars),
  13: (vars, into) => {
    into.microseconds = vars.u24();
  },
  14: (vars) => vars.u64(), // commit time, [MySQL]
  16: (vars) => vars.u8(), // explicit_defaults_for_timestamp, [MySQL]
  17: (vars, into) => {
    into.ddlXid = vars.u64(); // [MySQL]
  },
  18: (vars) => vars.u16(), // default collation of utf8mb4, [MySQL]
  19: (vars) => vars.u8(), // sql_require_primary_key, [MySQL]
  20: (vars) => vars.u8(), // default_table_encryption, [MySQL]
  128: (vars, into) => {
    into.microseconds = vars.u24(); // MariaDB's own
  },
  129: (vars, into) => {
    into.ddlXid = vars.u64(); // MariaDB's own
  },
  130: (vars) => vars.u8(), // flags of the GTID, MariaDB's own
};

const tooManyDatabases = 254;

function skipDatabases(vars: ByteReader): void {
  const count = vars.u8();
  if (count === tooManyDatabases) return;
  for (let i = 0; i < count; i++) vars.zeroText();
}

/** Errors: `node/protocol` on a code we have no length for: what follows it could only be guessed. */
export function decodeStatementSession(bytes: Buffer): StatementSession {
  const vars = new ByteReader(bytes, 'query event, session variables');
  const session: StatementSession = {};
  while (vars.left > 0) {
    const code = vars.u8();
    const read = readers[code];
    if (!read) throw protocolError(`query event: session variable ${code} is unknown`);
    read(vars, session);
  }
  return session;
}
