import { gtidText } from '../binlog/gtid-event.ts';

/** The last GTID of every domain and server, as a binary log has them. Of one domain, the latest comes last. */
export class GtidState {
  readonly #last = new Map<string, { domain: number; serverId: number; sequence: bigint }>();
  #newest: { domain: number; serverId: number; sequence: bigint } | undefined;

  constructor(gtids: readonly string[] = []) {
    for (const gtid of gtids) {
      const [domain, serverId, sequence] = gtid.split('-');
      this.saw(Number(domain), Number(serverId), BigInt(sequence!));
    }
    this.#newest = undefined;
  }

  saw(domain: number, serverId: number, sequence: bigint): void {
    const newest = this.#newest;
    if (newest?.domain === domain && newest.serverId === serverId) {
      newest.sequence = sequence;
      return;
    }
    const key = `${domain}-${serverId}`;
    const entry = { domain, serverId, sequence };
    this.#last.delete(key);
    this.#last.set(key, entry);
    this.#newest = entry;
  }

  /** The latest of a domain; null: none yet. */
  latest(domain: number): string | null {
    const newest = this.#newest;
    if (newest?.domain === domain) return gtidText(newest);
    const found = [...this.#last.values()].filter((entry) => entry.domain === domain).at(-1);
    return found ? gtidText(found) : null;
  }

  texts(): string[] {
    return [...this.#last.values()].map(gtidText);
  }
}
