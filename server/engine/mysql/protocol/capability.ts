/** What client and server agree on at the start; named as in the protocol, only the bits we know. */
export const capability = {
  /** Off towards MariaDB: that is how a client says "read my extended capabilities". */
  clientMysql: 0x1,
  longFlag: 0x4,
  localFiles: 0x80,
  protocol41: 0x200,
  ssl: 0x800,
  transactions: 0x2000,
  secureConnection: 0x8000,
  multiResults: 0x20000,
  psMultiResults: 0x40000,
  pluginAuth: 0x80000,
} as const;

/** MariaDB's second 32 bits. */
export const extendedCapability = {
  stmtBulkOperations: 0x4,
  extendedMetadata: 0x8,
} as const;

/**
 * What we ask for. Left out on purpose: MULTI_STATEMENTS (one text, one statement), DEPRECATE_EOF (a second spelling of
 * the same end), and, but for sessions that load, LOCAL_FILES. Those feed LOAD DATA from memory; no file of this machine
 * is ever read, whatever a server asks for.
 */
const wanted =
  capability.longFlag |
  capability.protocol41 |
  capability.transactions |
  capability.secureConnection |
  capability.multiResults |
  capability.psMultiResults |
  capability.pluginAuth;

export interface Capabilities {
  readonly basic: number;
  readonly extended: number;
}

/** What this session speaks, out of what the server offers. */
export function agreeCapabilities(server: Capabilities, tls: boolean, localData = false): Capabilities {
  const asked = wanted | (localData ? capability.localFiles : 0);
  const basic = (asked & server.basic) | (tls ? capability.ssl : 0);
  const extended = server.extended & (extendedCapability.stmtBulkOperations | extendedCapability.extendedMetadata);
  return { basic: extended === 0 ? basic | capability.clientMysql : basic, extended };
}
