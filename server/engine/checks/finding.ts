import type { CheckState, NodeCheck } from '#server/contract/cluster.ts';

/** One finding, before it is known which node it is about. `detail` is what was found, `fix` what to do. */
export type Finding = Omit<NodeCheck, 'node'>;

export function ok(id: string, label: string, detail: string): Finding {
  return finding('ok', id, label, detail, '');
}

export function warn(id: string, label: string, detail: string, fix: string): Finding {
  return finding('warn', id, label, detail, fix);
}

export function bad(id: string, label: string, detail: string, fix: string): Finding {
  return finding('bad', id, label, detail, fix);
}

/** For what this login or this server does not tell. */
export function unknown(id: string, label: string, detail: string, fix: string): Finding {
  return finding('unknown', id, label, detail, fix);
}

/** The first `most` names, and how many more there are. */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function finding(state: CheckState, id: string, label: string, detail: string, fix: string): Finding {
  return { id, label, state, detail, fix };
}
