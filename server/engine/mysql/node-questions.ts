import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import type { Row } from './protocol/row.ts';

/**
 * Small questions to nodes while work goes on, over one small session per node of its own: opened with the first
 * question, opened again when it was lost, and never in the way of those that move rows.
 */
export interface NodeQuestions {
  /** Errors: those of opening a connection and of the statement. No rows after `close`. */
  ask(node: string, sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** `stop` drops what is being asked. */
export function nodeQuestions(nodes: ReadonlyMap<string, MysqlAccess>, stop: AbortSignal): NodeQuestions {
  const sessions = new Map<string, Promise<MysqlConnection>>();
  let closed = false;

  function session(node: string): Promise<MysqlConnection> {
    const before = sessions.get(node);
    const opening = (async () => {
      const known = await before?.catch(() => undefined);
      return known && !known.failure ? known : openMysqlConnection(nodes.get(node)!, { signal: stop });
    })();
    sessions.set(node, opening);
    return opening;
  }

  return {
    ask: async (node, sql) => {
      if (closed) return [];
      return (await session(node)).query(sql);
    },
    close: async () => {
      closed = true;
      const opened = await Promise.allSettled(sessions.values());
      await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    },
  };
}
