/** What a backup or restore may take of memory at any size of table: the executor with all its children. */
export const memoryBarBytes = 400_000_000;
