import { hasCode } from '#server/base/error.ts';
import type { GapReason, LogFollows, LogPlace } from '#server/manifest/log-schema.ts';
import type { MysqlConnection } from '../connection.ts';
import { mysqlErrno } from '../errno.ts';
import { type DumpStart, startDump } from './binlog-dump.ts';
import type { LogSink } from './log-reader.ts';
import { NotTheSameLog, Proof, type ProofOf } from './proof.ts';
import type { SourceFacts } from './source-facts.ts';

export interface ContinueOptions {
  /** A new connection to the node; we close it. */
  readonly connect: () => Promise<MysqlConnection>;
  readonly facts: SourceFacts;
  /** Where the archive ends; null: it has nothing yet. */
  readonly place: LogPlace | null;
  /** Where an archive begins that has nothing yet. */
  readonly begin: 'oldest' | 'newest';
  readonly replicaId: number;
}

export interface ContinuedLog {
  readonly follows: LogFollows;
  readonly gap: { reason: GapReason; message: string } | null;
  /** The log comes to `sink` from here on. A group that was open is sent anew by another server. */
  start(sink: LogSink): void;
  /** The sink has room again. */
  release(): void;
  /** Never resolves. Errors: as of startDump. */
  readonly ended: Promise<void>;
  close(): void;
}

/** What is known of a log where it goes on with something else than the next byte. */
export function placeAfter(place: LogPlace, follows: LogFollows): LogPlace {
  if (follows === 'bytes') return place;
  const { group } = place;
  if (follows !== 'group' && follows !== 'file')
    return { ...place, gtids: [], group: null, context: [], last: null, nextFile: null };
  const closed = { ...place, context: [], last: null, nextFile: null };
  if (!group?.open) return closed;
  const others = place.gtids.filter((gtid) => gtid !== group.gtid && gtid !== group.before);
  return { ...closed, group: null, gtids: group.before === null ? others : [...others, group.before] };
}

interface Candidate {
  readonly start: DumpStart;
  readonly proof: ProofOf;
  readonly follows: LogFollows;
}

/** The server cannot send this: ER_MASTER_FATAL_ERROR_READING_BINLOG. */
const cannotSend = 1236;

/**
 * Goes on with a log where an archive of it ends, and only with what is proven to be the same log: by its last event read
 * again, by what a file says was written before it, or, at another server, by its last group. Otherwise it says what is
 * in between: a gap, with its reason, after which it goes on with what is there. Errors: those of connections, and of
 * the server where it cannot send even that.
 */
export async function continueLog(options: ContinueOptions): Promise<ContinuedLog> {
  const { place, facts } = options;
  const newest = facts.files.at(-1)!.name;
  const oldest = facts.files[0]!.name;
  if (place?.last == null) {
    return await anyhow(options, options.begin === 'newest' ? newest : oldest, { follows: 'nothing', gap: null });
  }
  let refusal: Refused | undefined;
  for (const candidate of candidates(place, facts)) {
    const tried = await tryOne(options, candidate);
    if (!('why' in tried)) return tried;
    // What the log itself says tells more than what a file is called.
    refusal = tried;
  }
  const gap = gapOf(place, facts, refusal);
  return await anyhow(options, gap.reason === 'diverged' ? newest : oldest, { follows: 'gap', gap });
}

function candidates(place: LogPlace, facts: SourceFacts): Candidate[] {
  const found: Candidate[] = [];
  const { last, file, group, nextFile, gtids } = place;
  const at = (name: string, position: number): DumpStart => ({ kind: 'position', file: name, position });
  if (sameServer(place, facts)) {
    const known = facts.files.some(({ name }) => name === file);
    if (known) {
      found.push({ start: at(file, Number(last!.position)), proof: { kind: 'event', last: last! }, follows: 'bytes' });
    }
    const next = nextFile ?? (known ? undefined : facts.files[0]!.name);
    if (next !== undefined && !group?.open && gtids.length > 0) {
      found.push({ start: at(next, 4), proof: { kind: 'list', gtids }, follows: nextFile === null ? 'file' : 'bytes' });
    }
  }
  if (group) {
    // From one group before, so that the last one is sent again and can be compared. An open one is sent anew.
    const domain = group.gtid.slice(0, group.gtid.indexOf('-'));
    const slavePosition = slavePositionOf(gtids, domain, group.before);
    found.push({ start: { kind: 'group', slavePosition }, proof: { kind: 'group', group }, follows: 'group' });
  }
  return found;
}

function sameServer({ server }: LogPlace, facts: SourceFacts): boolean {
  return server.id === facts.serverId && server.uuid === facts.serverUuid;
}

/** The latest of every domain, one of them set back to `before` (null: to its beginning). */
function slavePositionOf(gtids: readonly string[], domain: string, before: string | null): string {
  const latest = new Map(gtids.map((gtid) => [gtid.slice(0, gtid.indexOf('-')), gtid]));
  if (before === null) latest.delete(domain);
  else latest.set(domain, before);
  return [...latest.values()].join(',');
}

interface Refused {
  readonly why: 'purged' | 'not there' | 'another log';
  readonly message: string;
}

async function tryOne(options: ContinueOptions, { start, proof, follows }: Candidate): Promise<ContinuedLog | Refused> {
  const connection = await options.connect();
  try {
    return { follows, gap: null, ...(await begin(options, connection, start, proof)) };
  } catch (error) {
    connection.destroy();
    if (error instanceof NotTheSameLog) return { why: 'another log', message: error.message };
    if (mysqlErrno(error) !== cannotSend || !hasCode(error, 'node/query-failed')) throw error;
    const gone = /purged|could not find first log file/i.test(error.message);
    return { why: gone ? 'purged' : 'not there', message: error.message };
  }
}

async function anyhow(
  options: ContinueOptions,
  file: string,
  as: Pick<ContinuedLog, 'follows' | 'gap'>,
): Promise<ContinuedLog> {
  const connection = await options.connect();
  try {
    const start: DumpStart = { kind: 'position', file, position: 4 };
    return { ...as, ...(await begin(options, connection, start, { kind: 'nothing' })) };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function begin(options: ContinueOptions, connection: MysqlConnection, start: DumpStart, of: ProofOf) {
  const proof = new Proof(of);
  const dump = await startDump(connection, { start, replicaId: options.replicaId, sink: proof });
  await Promise.race([proof.proven, dump.ended]);
  return {
    start: (sink: LogSink) => {
      proof.open(sink);
      dump.release();
    },
    release: dump.release,
    ended: dump.ended,
    close: () => connection.destroy(),
  };
}

function gapOf(
  place: LogPlace,
  facts: SourceFacts,
  refusal: Refused | undefined,
): { reason: GapReason; message: string } {
  const end = place.group ? `transaction ${place.group.gtid}` : `${place.file}, byte ${place.position}`;
  if (refusal?.why === 'purged') {
    const message = `the binary log after ${end} was purged before it was archived`;
    return { reason: 'purged', message };
  }
  if (!refusal || !place.group) {
    return { reason: 'unproven', message: `nothing on the server proves that its log goes on after ${end}` };
  }
  if (sameServer(place, facts)) {
    const message = `the server's binary log was begun anew and does not hold ${end}: it was reset, or the server set up again`;
    return { reason: 'rebuilt', message };
  }
  const message = `another server (server_id ${facts.serverId}) has taken over and does not hold ${end}`;
  return { reason: 'diverged', message };
}
