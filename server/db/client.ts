import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client.ts';
import { connectionOf } from './migration-adapter.ts';

/** The control plane's rows. `Rows` is what a verb needs: the database itself or a transaction on it. */
export type Database = PrismaClient;
export type Rows = Prisma.TransactionClient;
export { Prisma };

/** Connections of one process: web and executor run side by side, and PostgreSQL allows 100 by default. */
const poolSize = 12;

/**
 * A process that was stopped, or cut off, in the middle of a transaction holds its row locks until the server ends that
 * session. Shorter than a lease lasts, so that a job is never kept from being taken over; far longer than any of our
 * transactions waits for us between two statements.
 */
const idleInTransactionMs = 10_000;

/**
 * Opens the database; connects with the first query. A transaction gives up after 5 s of waiting for a connection and
 * 30 s of work (Prisma's own 5 s would end a catalog write of 20,000 tables). Tests give a shorter `idleInTransactionMs`.
 */
export function openDatabase(url: string, options: { idleInTransactionMs?: number } = {}): Database {
  const { connectionString, schema } = connectionOf(url);
  const adapter = new PrismaPg(
    {
      connectionString,
      max: poolSize,
      application_name: 'tidemark',
      idle_in_transaction_session_timeout: options.idleInTransactionMs ?? idleInTransactionMs,
    },
    { schema },
  );
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 30_000 } });
}

/** A row may hold no JSON at all: `null` in Prisma's words. */
export const noJson = Prisma.DbNull;

/** Any value as a JSON column takes it: instants as ISO text, bigint as decimal text. */
export function toJson(value: unknown): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item)));
}

/** `P2002`: a row with this key is there already. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
