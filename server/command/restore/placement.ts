import { TidemarkError } from '#server/base/error.ts';

export interface Piece {
  key: string;
  bytes: number;
  /** The node an operator asked for, or where it has to be; null = wherever there is room. */
  wanted: string | null;
}

export interface Room {
  name: string;
  /** Null where the server cannot tell. */
  freeBytes: number | null;
  tableBytes: number;
}

/**
 * A node for every piece: the wished one, else the one that would be filled the least by it, counting what this plan
 * has already placed (`placed`, which is added to). Free space is the measure where every node tells it; else all are
 * taken for equal. Equal choices go to the node that holds less, then by name: the same input gives the same plan.
 * Errors: `input/invalid` for a node that the target does not have.
 */
export function placePieces(
  pieces: readonly Piece[],
  nodes: readonly Room[],
  placed: Map<string, number>,
): Map<string, string> {
  const weigh = nodes.every((node) => node.freeBytes !== null && node.freeBytes > 0);
  const chosen = new Map<string, string>();
  const take = (piece: Piece, node: string) => {
    chosen.set(piece.key, node);
    placed.set(node, (placed.get(node) ?? 0) + piece.bytes);
  };
  for (const piece of pieces) if (piece.wanted !== null) take(piece, existing(piece.wanted, nodes));
  const open = pieces.filter((piece) => piece.wanted === null).sort((a, b) => b.bytes - a.bytes);
  for (const piece of open) {
    const after = (node: Room) => ((placed.get(node.name) ?? 0) + piece.bytes + 1) / (weigh ? node.freeBytes! : 1);
    const best = [...nodes].sort(
      (a, b) => after(a) - after(b) || a.tableBytes - b.tableBytes || (a.name < b.name ? -1 : 1),
    )[0];
    if (!best) throw new TidemarkError('node/unreachable', 'the target cluster has no storage node that answers');
    take(piece, best.name);
  }
  return chosen;
}

function existing(name: string, nodes: readonly Room[]): string {
  if (nodes.some((node) => node.name === name)) return name;
  throw new TidemarkError('input/invalid', `the target cluster has no storage node ${name} that answers`, {
    hint: `Choose among ${nodes.map((node) => node.name).join(', ') || 'none'}.`,
  });
}
