import type { PlanCheck } from '#server/contract/restore.ts';
import type { LoadPath } from '#server/engine/mysql/load-path.ts';

/** What is known of a node and of what is to be loaded into it. */
export interface WayFacts {
  path: LoadPath;
  /** innodb_autoinc_lock_mode; null where there is none. */
  autoIncrementLockMode: number | null;
  /** A table with AUTO_INCREMENT is loaded over several connections. */
  numbered: boolean;
}

const ways: Record<LoadPath, string> = {
  bulk: 'typed batches, several in flight',
  'local-data': 'LOAD DATA LOCAL from a stream',
  insert: 'local_infile is off: rows are loaded by INSERT, which is slower',
};

/** By which way rows get into a node, and what holds them up on it. */
export function checkWay(node: string, { path, autoIncrementLockMode, numbered }: WayFacts): PlanCheck[] {
  const slow = path === 'insert';
  const way: PlanCheck = {
    id: `load-way/${node}`,
    label: `${node} takes rows fast`,
    state: slow ? 'warn' : 'ok',
    detail: ways[path],
    fix: slow ? 'SET GLOBAL local_infile = 1;' : '',
  };
  // A batch says how many rows it has, and numbers them by itself: only LOAD DATA keeps the lock to its end.
  const waits = numbered && path === 'local-data' && autoIncrementLockMode === 1;
  const parallel: PlanCheck = {
    id: `auto-increment/${node}`,
    label: `${node} loads in parallel`,
    state: waits ? 'warn' : 'ok',
    detail: waits
      ? 'innodb_autoinc_lock_mode is 1: parallel loads of a table with AUTO_INCREMENT wait for one another'
      : '',
    fix: waits ? 'It is slower, never wrong; 2 in the configuration file and a restart make it quicker.' : '',
  };
  return [way, parallel];
}
