import { mysqlErrno } from './errno.ts';
import type { NodeQuestions } from './node-questions.ts';

/** MariaDB tells anybody; MySQL tells who has PROCESS. */
const statements = [
  "SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'",
  "SELECT COUNT AS Value FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'",
];

/**
 * How many undo records a node keeps that could not be purged yet: it grows while a snapshot is open and rows are
 * changed. Null where the node does not tell. Errors: those of the connection.
 */
export async function purgeLag(questions: NodeQuestions, node: string): Promise<number | null> {
  for (const statement of statements) {
    try {
      const [row] = await questions.ask(node, statement);
      if (row) return Number(row.Value);
    } catch (error) {
      if (mysqlErrno(error) === undefined) throw error;
    }
  }
  return null;
}
