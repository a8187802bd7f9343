import { residentBytes, treeOf } from './process-tree.ts';

/** Looked at this often; who came and went is found out less often, because that reads all of /proc. */
const everyMs = 100;
const treeEveryMs = 500;

/** The most memory that some processes and all they start had at one moment. */
export interface MemoryWatch {
  /** Ends the watch. */
  stop(): number;
}

/** Begins to watch. Pages that processes share count for each of them. */
export function watchMemory(root: number): MemoryWatch {
  let tree = treeOf([root]);
  let peak = 0;
  const look = () => {
    peak = Math.max(
      peak,
      tree.reduce((sum, pid) => sum + residentBytes(pid), 0),
    );
  };
  look();
  const looking = setInterval(look, everyMs);
  const finding = setInterval(() => {
    tree = treeOf([root]);
  }, treeEveryMs);
  return {
    stop: () => {
      clearInterval(looking);
      clearInterval(finding);
      look();
      return peak;
    },
  };
}
