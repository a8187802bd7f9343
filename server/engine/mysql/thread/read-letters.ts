import type { MysqlAccess } from '#server/engine/access.ts';
import type { PackedChunk } from '#server/pipeline/chunk-packer.ts';
import type { Column } from '../protocol/column.ts';
import type { Param } from '../protocol/row.ts';
import type { ErrorMessage } from './error-message.ts';
import type { TableAsked } from './read-together.ts';

/** What is asked of the thread that holds a session. Each with an `id` is answered once, in whatever order. */
export type ReadAsk =
  | { ask: 'open'; id: number; access: MysqlAccess }
  | { ask: 'query' | 'execute'; id: number; sql: string; params?: readonly Param[] }
  | { ask: 'prepare'; id: number; sql: string }
  | { ask: 'forget'; statement: number }
  /** A prepared statement, or the text of one. */
  | { ask: 'read'; id: number; what: number | string }
  | { ask: 'together'; id: number; tables: readonly TableAsked[] }
  /** A frame of the reading with this id has been taken; `wanted`: whether more of them are. */
  | { ask: 'taken'; reading: number; wanted: boolean }
  | { ask: 'close'; id: number }
  | { ask: 'destroy'; reason: ErrorMessage };

export interface ReadFrame {
  bytes: Uint8Array<ArrayBuffer>;
  rows: number;
  rawBytes: number;
}

/** `last`: what was not sent as a frame of its own. `sum` and `longestBytes` as RowDigest's. */
export interface ReadEnd {
  last: ReadFrame | null;
  rows: bigint;
  sum: bigint;
  longestBytes: number;
  packed: PackedChunk;
}

export interface OpenedSession {
  connectionId: number;
  serverVersion: string;
  flavor: 'mariadb' | 'mysql';
}

export interface PreparedOver {
  statement: number;
  columns: readonly Column[];
}

/** `lost`: why the session has ended, when it has. */
export type ReadTell =
  | { tell: 'answer'; id: number; value: unknown }
  | { tell: 'failed'; id: number; error: ErrorMessage; lost: ErrorMessage | undefined }
  | { tell: 'frame'; reading: number; frame: ReadFrame };
