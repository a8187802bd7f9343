import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import type { RowSender } from './load-chunk.ts';
import type { LoadPlan } from './load-plan.ts';
import type { LocalLoad } from './local-load.ts';
import { encodeLocalRows } from './protocol/local-rows.ts';

const pieceBytes = 512 * 1024;
/** A packet may not quite be as long as the server says. */
const packetSlackBytes = 64;

/**
 * Sends rows as one LOAD DATA LOCAL for each transaction. LOCAL skips rows that clash with others instead of failing, so
 * the server's count is compared with ours.
 */
export async function openLocalSender(
  connection: MysqlConnection,
  plan: LoadPlan,
  onTaken: (rows: number, bytes: number) => void,
): Promise<RowSender> {
  const [row] = await connection.query('SELECT @@max_allowed_packet AS bytes');
  return new LocalSender(connection, plan, Number(row?.bytes) - packetSlackBytes, onTaken);
}

class LocalSender implements RowSender {
  readonly #connection: MysqlConnection;
  readonly #plan: LoadPlan;
  readonly #maxPacketBytes: number;
  readonly #onTaken: (rows: number, bytes: number) => void;
  /** One is with the socket while the other is filled. */
  readonly #rooms = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)] as const;
  #turn = 0;
  #writing: Promise<void> = Promise.resolve();
  #load: LocalLoad | undefined;
  #rows = 0;
  #bytes = 0;

  constructor(
    connection: MysqlConnection,
    plan: LoadPlan,
    maxPacketBytes: number,
    onTaken: (rows: number, bytes: number) => void,
  ) {
    this.#maxPacketBytes = maxPacketBytes;
    this.#connection = connection;
    this.#plan = plan;
    this.#onTaken = onTaken;
  }

  async send(run: Buffer): Promise<number> {
    this.#load ??= await this.#connection.loadLocal(this.#plan.localSql, this.#maxPacketBytes);
    let rows = 0;
    for (let from = 0; from < run.length; ) {
      const piece = encodeLocalRows(this.#plan.rows, run, from, this.#rooms[this.#turn]!);
      this.#turn = 1 - this.#turn;
      await this.#writing;
      this.#writing = this.#load.write(piece.bytes);
      this.#writing.catch(() => {}); // thrown when its turn comes
      rows += piece.rows;
      from = piece.next;
    }
    this.#rows += rows;
    this.#bytes += run.length;
    return rows;
  }

  flush(): Promise<void> {
    return this.settle();
  }

  async settle(): Promise<void> {
    const load = this.#load;
    if (!load) return;
    const [rows, bytes] = [this.#rows, this.#bytes];
    this.#load = undefined;
    this.#rows = 0;
    this.#bytes = 0;
    await this.#writing;
    const { affectedRows } = await load.end();
    if (affectedRows !== BigInt(rows)) throw this.#skipped(rows, affectedRows);
    this.#onTaken(rows, bytes);
  }

  async close(): Promise<void> {}

  #skipped(sent: number, taken: bigint): TidemarkError {
    const { node } = this.#connection;
    return new TidemarkError('node/query-failed', `node ${node} took ${taken} of ${sent} rows that were sent to it`, {
      context: { node, sent, taken: taken.toString() },
    });
  }
}
