/**
 * Every failure this product names, in one table: may it be retried as it is, its HTTP status, what it means, what to
 * do. `docs/errors/<code>.md` is written from these rows (`npm run errors`), and a test keeps the two equal.
 */
interface ErrorRow {
  readonly retry: boolean;
  readonly status: number;
  readonly meaning: string;
  readonly fix: string;
}

const row = (status: number, retry: boolean, meaning: string, fix: string): ErrorRow => ({
  status,
  retry,
  meaning,
  fix,
});

export const errorTable = {
  'internal/unexpected': row(
    500,
    false,
    'Something failed that has no name yet.',
    'Read the job events and the log of the process that wrote this; report it with both.',
  ),
  'internal/thread-ended': row(
    500,
    true,
    'A thread that did a part of the work ended by itself.',
    'The message says how. When it was memory, use fewer connections; else report it with the log of the executor.',
  ),
  'input/invalid': row(
    400,
    false,
    'A value given by a person or a script is not acceptable.',
    'Correct the named value.',
  ),
  'input/instant-without-offset': row(
    400,
    false,
    'An instant was given without an offset.',
    'Add the offset, as in 2026-11-20T10:15:00Z or 2026-11-20T11:15:00+01:00.',
  ),
  'config/invalid': row(
    500,
    false,
    'An environment variable has a bad value.',
    'Correct the named variable and start again.',
  ),
  'auth/required': row(
    401,
    false,
    'No session and no token was sent.',
    'Sign in, or send Authorization: Bearer <token>.',
  ),
  'auth/forbidden': row(
    403,
    false,
    'The role of this person or token does not allow this.',
    'Ask an admin for the named role.',
  ),
  'auth/password-change-required': row(
    403,
    false,
    'The person signed in with a one-time password and has not chosen their own yet.',
    'Sign in to the console and choose your own password first.',
  ),
  'auth/last-admin': row(
    409,
    false,
    'The last admin cannot be removed or demoted.',
    'Make another person admin first.',
  ),
  'not-found': row(404, false, 'There is nothing under this name or id.', 'List what exists and use one of those.'),
  'conflict/name-taken': row(409, false, 'The name is taken.', 'Choose another name.'),
  'conflict/in-use': row(
    409,
    false,
    'Something else still needs this.',
    'Remove what needs it first; it is named in the message.',
  ),
  'conflict/table-busy': row(409, true, 'Another job is writing this table.', 'Wait for the named job, or cancel it.'),
  'secret/key-mismatch': row(
    500,
    false,
    'A sealed credential cannot be opened with this secret key.',
    'Start with the TIDEMARK_SECRET_KEY that sealed it, or enter the credentials again. Backups do not need this key.',
  ),
  'node/unreachable': row(
    502,
    true,
    'A database server did not answer.',
    'Check address, port and firewall from the machine of the executor.',
  ),
  'node/access-denied': row(
    502,
    false,
    'A database server refused the user or password.',
    'Change the credentials of the cluster.',
  ),
  'node/missing-privilege': row(403, false, 'The database user lacks a privilege.', 'Grant the named privilege.'),
  'node/tls': row(
    502,
    false,
    'The encrypted connection could not be made.',
    'Check the CA, the server name and the client certificate.',
  ),
  'node/connection-lost': row(
    502,
    true,
    'A connection to a database server ended in the middle of work.',
    'Look at the log of the named node; the job may be retried.',
  ),
  'node/query-failed': row(
    502,
    false,
    'A statement failed on a database server.',
    'Read the server message in the error.',
  ),
  'node/protocol': row(
    502,
    false,
    'A database server sent bytes that do not follow its protocol.',
    'Check that the address is really a server of this kind; report it otherwise.',
  ),
  'node/unsupported': row(
    400,
    false,
    'The server or its version is not one we can work with.',
    'See the versions in the README.',
  ),
  'table/not-found': row(404, false, 'The table does not exist.', 'Refresh the cluster and choose from its tables.'),
  'table/changed': row(409, true, 'The definition of the table changed while it was read.', 'Run it again.'),
  'table/unsupported': row(
    400,
    false,
    'The table holds something that cannot be backed up or restored.',
    'The message names it.',
  ),
  'destination/unwritable': row(
    507,
    false,
    'The destination cannot be written.',
    'Check that the path exists and that the user of the executor may write there.',
  ),
  'destination/full': row(
    507,
    true,
    'The destination has no space left.',
    'Free space or choose another destination. Nothing was published.',
  ),
  'destination/object-missing': row(
    404,
    false,
    'An object of the repository is missing.',
    'Use another backup; check what deleted it.',
  ),
  'destination/object-exists': row(
    409,
    false,
    'An object of the repository exists already and is never replaced.',
    'This guards a published backup; use a new id.',
  ),
  'destination/object-damaged': row(
    422,
    false,
    'An object of the repository does not match its digest.',
    'Use another backup and check the storage. Nothing was written from it.',
  ),
  'destination/unreadable': row(
    502,
    true,
    'The destination cannot be read.',
    'Check that it is mounted and that the user of the executor may read there.',
  ),
  'destination/newer-format': row(
    409,
    false,
    'The object was written by a newer version of Tidemark.',
    'Read it with that version or a newer one.',
  ),
  'destination/bad-key': row(
    400,
    false,
    'An object key is not well formed.',
    'Keys are relative, without empty or dot parts.',
  ),
  'destination/not-a-repository': row(
    400,
    false,
    'The folder holds something else than a repository.',
    'Choose an empty folder or an existing repository.',
  ),
  'backup/not-found': row(404, false, 'There is no such backup.', 'List the backups and use one of those.'),
  'backup/incomplete': row(
    409,
    false,
    'The backup was never published or does not hold this table.',
    'Choose another backup.',
  ),
  'backup/snapshot-too-old': row(
    409,
    true,
    'A table could not be read before its snapshot reached the age that was allowed.',
    'Allow older snapshots, raise the rate, or use more connections; a long snapshot keeps the server from purging.',
  ),
  'node/replica-unfit': row(
    409,
    true,
    'A replica cannot be read instead of its primary now.',
    'Do what the message says, or read from the primary.',
  ),
  'backup/no-tables': row(
    400,
    false,
    'The scope matches no table.',
    'Check names and patterns against the tables of the cluster.',
  ),
  'restore/target-exists': row(
    409,
    false,
    'The target of a restore exists already.',
    'Choose another name, or say --clean to replace it with a kept copy.',
  ),
  'restore/plan-stale': row(409, false, 'The world changed since the plan was made.', 'Make the plan again.'),
  'restore/checks-failed': row(
    409,
    false,
    'A check of the restore plan failed.',
    'The plan names each failed check with its fix.',
  ),
  'restore/not-equal': row(
    500,
    false,
    'The restored rows do not equal what the backup recorded.',
    'The target was not published. Verify the backup, then retry.',
  ),
  'restore/log-mismatch': row(
    422,
    false,
    'The log changes rows in a way that does not fit the rows of the backup.',
    'Nothing was published. Choose another backup, or a time at which the log and the backup agree; changes under sql_log_bin=0 or a binlog filter are such a cause.',
  ),
  'restore/half-published': row(
    500,
    false,
    'A node stopped answering between the visible steps of a restore, and they could be neither finished nor undone.',
    'The message names what lies where. Bring the node back and rename what is named; nothing else was touched.',
  ),
  'restore/before-earliest': row(
    409,
    false,
    'The instant lies before the earliest one that can be restored.',
    'Choose an instant inside the recoverable range.',
  ),
  'restore/in-gap': row(
    409,
    false,
    'The instant lies in a gap: something between it and the backup before it cannot be restored.',
    'The message says why, and which instants are nearest. Choose one of those, or another backup.',
  ),
  'restore/not-archived-yet': row(
    409,
    false,
    'The instant lies after the last one up to which the log is archived.',
    'Choose the last instant that is named, or wait until the log archive has reached the one you want.',
  ),
  'restore/nothing-recoverable': row(
    409,
    false,
    'There is no backup of the table that it could be brought back from.',
    'Take a backup of it; with the log archive started, every later instant can then be restored.',
  ),
  'job/not-cancellable': row(409, false, 'The job has ended.', 'Nothing is left to cancel.'),
  'job/not-retryable': row(
    409,
    false,
    'The job has not failed, or nothing of it is left to retry.',
    'Clone it instead.',
  ),
  'job/lease-lost': row(
    409,
    true,
    'This attempt no longer holds the job.',
    'Another attempt has it; nothing was written by this one after that.',
  ),
  'job/cancelled': row(409, false, 'The job was cancelled.', 'Start it again when wanted.'),
  'job/executor-lost': row(
    500,
    true,
    'The executor that ran the job disappeared too often.',
    'Read the log of the named executors, then retry.',
  ),
  'job/no-executor': row(
    503,
    true,
    'No executor answered in time.',
    'Start an executor, or look why none is connected.',
  ),
  'console/unreachable': row(
    502,
    true,
    'The console did not answer the command line.',
    'Start the console, or set TIDEMARK_URL to its address. Jobs go on without it.',
  ),
  'scratch/unusable': row(
    507,
    true,
    'The scratch folder of the executor is full or cannot be written.',
    'Free space there, or set TIDEMARK_SCRATCH to a folder with more. Nothing was published.',
  ),
  'package/missing': row(500, false, 'A program this needs is not installed.', 'Install the named package.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;
