/**
 * The rows of `npm run bench -- mysql`: their names (scripts rely on them), what each side of a row is, and the least
 * ratio that is aimed at, peer's median over ours; null where none is.
 */
export const mysqlRows = {
  'dump-vs-gzip': {
    peer: 'mydumper -t 2 -r 250000 -c',
    bar: 4,
    measured: 'backup job from created to finished, against the run of the program',
  },
  'dump-vs-zstd': {
    peer: 'mydumper -t 2 -r 250000; zstd -1 -T2 --rm',
    bar: 1.2,
    measured: 'backup job from created to finished, against the runs of both programs',
  },
  'dump-vs-uncompressed': {
    peer: 'mydumper -t 2 -r 250000',
    bar: 0.9,
    measured: 'backup job (compressed) from created to finished, against the run of the program (uncompressed)',
  },
  'dump-server-cpu': {
    peer: 'mydumper -t 2 -r 250000',
    bar: 1 / 0.75,
    measured: 'CPU seconds of mariadbd during the runs of dump-vs-uncompressed',
  },
  'load-with-indexes': {
    peer: 'myloader -t 2',
    bar: 1.9,
    measured: 'rows and indexes of the restore job (baseMs + indexMs; the whole job is totalSeconds), against the run',
  },
  'load-with-indexes-no-log': {
    peer: 'myloader -t 2',
    bar: null,
    measured: 'the same restored with --no-log-bin, as myloader loads, against the same run',
  },
  'small-tables-dump': {
    peer: 'mydumper -t 2',
    bar: 1,
    measured: 'backup job from created to finished, against the run of the program',
  },
  'small-tables-load': {
    peer: 'myloader -t 2',
    bar: 1,
    measured: 'restore job from created to finished, comparing and renaming included, against the run of the program',
  },
  'small-tables-load-no-log': {
    peer: 'myloader -t 2',
    bar: 1,
    measured: 'as small-tables-load, by a restore that writes no binary log, as myloader writes none',
  },
  verify: {
    peer: 'CHECKSUM TABLE source, copy EXTENDED',
    bar: null,
    measured: 'reading the restored table against the digest of the backup (compareMs), against reading both tables',
  },
} as const satisfies Record<string, { peer: string; bar: number | null; measured: string }>;

export type MysqlRowName = keyof typeof mysqlRows;
export const mysqlRowNames = Object.keys(mysqlRows) as MysqlRowName[];
