import { pause } from '#server/base/abort.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { type Content, contentOf, type FaultLab } from './fault-lab-fixture.ts';

export interface PieceAt {
  node: string;
  database: string;
  table: string;
}

/** Looks at tables over and over, as a program does that uses them; `stop` tells every different thing it met. */
export async function watchTables(lab: FaultLab, pieces: readonly PieceAt[]): Promise<{ stop(): Promise<Met[]> }> {
  const met = pieces.map((piece): Met => ({ ...piece, contents: new Set() }));
  const stopped = new AbortController();
  const nodes = [...new Set(pieces.map(({ node }) => node))];
  const rounds = await Promise.all(
    nodes.map(async (node) => {
      const session = await lab.session(node);
      return look(
        session,
        met.filter((piece) => piece.node === node),
        stopped.signal,
      );
    }),
  );
  return {
    stop: async () => {
      stopped.abort();
      await Promise.all(rounds.map(({ done }) => done));
      return met;
    },
  };
}

export interface Met extends PieceAt {
  /** In words: `rows digest`, `missing`, or what the server said. */
  contents: Set<string>;
}

async function look(session: MysqlConnection, pieces: readonly Met[], stopped: AbortSignal) {
  const done = (async () => {
    do {
      for (const piece of pieces) {
        const seen = await contentOf(session, piece.database, piece.table).then(inWords, String);
        piece.contents.add(seen);
      }
      await pause(20, stopped);
    } while (!stopped.aborted);
    await session.close();
  })();
  return { done };
}

export const inWords = (content: Content | null): string =>
  content === null ? 'missing' : `${content.rows} ${content.digest}`;
