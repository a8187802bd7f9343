import type { MariadbServer } from '#lab/mariadb-server.ts';
import { TidemarkError } from '#server/base/error.ts';

/** Where the next event of a server's log will begin. */
export interface Position {
  file: string;
  position: string;
}

export async function position(server: MariadbServer): Promise<Position> {
  const [file, at] = (await server.sql('SHOW MASTER STATUS')).trim().split('\t');
  if (!file || !at) throw new TidemarkError('internal/unexpected', 'the server writes no log');
  return { file, position: at };
}
