/**
 * The rows of `npm run bench -- pitr`: their names (scripts rely on them), what each side of a row is, and the least ratio
 * that is aimed at: peer's median over ours, or, where there is no peer, what is allowed over what was found.
 */
export const pitrRows = {
  'catch-up-5': {
    peer: 'mariadb-binlog -T t --stop-datetime | mariadb',
    bar: 20,
    measured:
      'a table that is 5 % of the log: restore to the instant less restore of the backup alone, against the run of both programs',
  },
  'catch-up-10': {
    peer: 'mariadb-binlog -T t --stop-datetime | mariadb',
    bar: 20,
    measured: 'the same for a table that is 10 % of the log',
  },
  'load-and-catch-up': {
    peer: 'myloader -t 2; mariadb-binlog -T t --stop-datetime | mariadb',
    bar: 8,
    measured: 'the table of 10 %: restore job from created to finished, comparing included, against all three programs',
  },
  'capture-backlog': {
    peer: 'mariadb-binlog --raw --read-from-remote-server',
    bar: 1,
    measured:
      'archiving the whole log that waits, from when it is started, against the run of the program (which only copies)',
  },
  'capture-cpu-5mbs': {
    peer: null,
    bar: 1,
    measured: '0.1 core over the cores that the executor takes while 5 MB/s of log are written',
  },
  'log-bytes-read': {
    peer: null,
    bar: 1,
    measured:
      'stored bytes x (1.5 x the row events of the table of 10 % + all that is no row) ÷ all events, over the bytes read',
  },
} as const satisfies Record<string, { peer: string | null; bar: number | null; measured: string }>;

export type PitrRowName = keyof typeof pitrRows;
export const pitrRowNames = Object.keys(pitrRows) as PitrRowName[];
