import pg from 'pg';
import { idsByLeaf } from '../clusters/bank-accounts.ts';
import { type LabNode, nodeNamed } from '../node.ts';
import { settleTransfers } from './settle.ts';
import { ShardSession } from './shard-session.ts';

/** Accounts a lane may touch: enough that two lanes seldom meet on one, few enough to be asked for at once. */
const sampleSize = 5_000;

/** What all lanes of one workload on `bank` know together. */
export interface BankBoard {
  readonly shards: readonly LabNode[];
  /** Ids of existing accounts, by leaf. */
  readonly accounts: readonly (readonly bigint[])[];
  /** Takes ids for new accounts: each with the leaf it belongs into. */
  nextAccount(): Promise<{ id: bigint; leaf: number }>;
  nextTestId(): bigint;
  /** Begins the names of all transfers of this run. */
  readonly run: string;
}

/** Also settles what a workload that was killed left prepared: two workloads on one bank at a time are not foreseen. */
export async function openBankBoard(nodes: readonly LabNode[]): Promise<BankBoard> {
  const shards = [nodeNamed(nodes, 'bank-shard_1'), nodeNamed(nodes, 'bank-shard_2')];
  const sessions = shards.map((node) => new ShardSession(node));
  const { host, port, database, appUser: user, appPassword: password } = nodeNamed(nodes, 'bank-computing');
  try {
    await settleTransfers(sessions, 'lab-', new Set());
    const accounts = await Promise.all([0, 1, 2, 3].map((leaf) => sampleAccounts(sessions[leaf % 2]!, leaf)));
    const highest = await Promise.all(
      [0, 1, 2, 3].map((leaf) => highestId(sessions[leaf % 2]!, `transfer_account_p${leaf}`)),
    );
    let last = highest.toSorted((a, b) => Number(a - b)).at(-1)!;
    let testId = await highestId(sessions[0]!, 'test2');
    let stock: { id: bigint; leaf: number }[] = [];
    let refill: Promise<void> | undefined;
    const refillStock = async () => {
      const client = new pg.Client({ host, port, database, user, password, ssl: false });
      client.on('error', () => {});
      await client.connect();
      const leaves = await idsByLeaf(client, Number(last) + 1, Number(last) + 2_000).finally(() => client.end());
      last += 2_000n;
      stock = leaves.flatMap((ids, leaf) => ids.split(',').map((id) => ({ id: BigInt(id), leaf })));
    };
    return {
      shards,
      accounts,
      run: `lab-${Date.now().toString(36)}-${process.pid}`,
      nextTestId: () => ++testId,
      nextAccount: async () => {
        while (stock.length === 0) {
          refill ??= refillStock().finally(() => {
            refill = undefined;
          });
          await refill;
        }
        return stock.pop()!;
      },
    };
  } finally {
    await Promise.all(sessions.map((session) => session.drop()));
  }
}

async function sampleAccounts(session: ShardSession, leaf: number): Promise<bigint[]> {
  const table = `\`postgres_$$_public\`.transfer_account_p${leaf}`;
  const [count] = await session.query(`SELECT count(*) AS n FROM ${table}`);
  const every = Math.max(1, Math.floor(Number(count!.n) / sampleSize));
  const rows = await session.query(
    `SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM ${table}) numbered WHERE n % ${every} = 0`,
  );
  return rows.map((row) => BigInt(String(row.id)));
}

async function highestId(session: ShardSession, table: string): Promise<bigint> {
  const [row] = await session.query(`SELECT coalesce(max(id), 0) AS id FROM \`postgres_$$_public\`.${table}`);
  return BigInt(String(row!.id));
}
