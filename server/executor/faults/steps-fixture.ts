import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';
import { type Clock, systemClock } from '#server/base/clock.ts';
import type { Attempt } from '#server/command/attempt.ts';
import { Channel } from '#server/engine/mysql/channel.ts';
import { commandByte } from '#server/engine/mysql/protocol/command.ts';
import { Mailbox } from '#server/engine/mysql/thread/mailbox.ts';

/**
 * What happens to this process at the `occurrence`-th time it comes to a step of that name. A `freeze` lasts longer than
 * its lease, by its own clock too; a `pause` is over before that.
 */
export interface Fault {
  kind: 'kill' | 'freeze' | 'pause';
  step: string;
  occurrence: number;
}

/**
 * Names everything a job does that somebody else could see: statements on their way to a server, objects of the
 * repository linked and removed, and what the attempt writes to its job. A fault strikes before the step is taken;
 * `… sent` is after a statement has left and before its answer came.
 */
const seen = new Map<string, number>();
let fault: Fault | null = null;
let computingHost = '';
let counting = false;

let oversleptMs = 0;
/** The clock of this process: waking from a freeze it says that an hour has passed. */
export const clockOfSteps: Clock = {
  now: systemClock.now,
  monotonicMs: () => systemClock.monotonicMs() + oversleptMs,
};

export const stepsSeen = (): Record<string, number> => Object.fromEntries(seen);

/** From nought. `host` is where computing nodes are. */
export function countSteps(toCome: Fault | null, host: string): void {
  seen.clear();
  fault = toCome;
  computingHost = host;
  counting = true;
}

export function step(name: string): void {
  if (!counting) return;
  const occurrence = (seen.get(name) ?? 0) + 1;
  seen.set(name, occurrence);
  if (fault?.step !== name || fault.occurrence !== occurrence) return;
  writeSync(1, `at ${name}\n`);
  process.kill(process.pid, fault.kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  if (fault.kind === 'freeze') oversleptMs += 3_600_000;
}

/** Watches every session on a storage node, every session on a computing node, and every file of a repository. */
export function watchProcess(): void {
  watchStorageNodes();
  watchComputingNodes();
  watchRepository();
}

export function watchAttempt<A extends Attempt>(attempt: A): A {
  return {
    ...attempt,
    lease: {
      assertHeld: async () => {
        await attempt.lease.assertHeld();
        step('lease held');
      },
    },
    journal: {
      load: attempt.journal.load,
      save: async (key, value) => {
        const state = (value as { state?: string } | null)?.state ?? key.split('/')[0];
        step(`note ${state}`);
        await attempt.journal.save(key, value);
        step(`note ${state} saved`);
      },
      saveAll: async (notes) => {
        const states = [...notes.values()].map((value) => (value as { state?: string } | null)?.state);
        step(`notes ${states[0]}`);
        await attempt.journal.saveAll(notes);
        step(`notes ${states[0]} saved`);
      },
    },
    report: (progress) => {
      if (progress.state !== 'waiting') step(`report ${progress.phase} ${progress.state}`);
      attempt.report(progress);
    },
    event: (level, message) => {
      step('event');
      attempt.event(level, message);
    },
  };
}

const visible =
  /^(CREATE (DATABASE|TABLE|TRIGGER)|DROP (DATABASE|TABLE|TRIGGER)|ALTER TABLE|RENAME TABLE|BACKUP STAGE \w+|START TRANSACTION|SAVEPOINT|ROLLBACK TO|COMMIT|USE|KILL|SELECT (GET|RELEASE)_LOCK)\b/;
const inFlight = /^(CREATE DATABASE|DROP DATABASE|RENAME TABLE|BACKUP STAGE|ALTER TABLE|CREATE TRIGGER|COMMIT)/;

function watchStorageNodes(): void {
  const send = Channel.prototype.send;
  Channel.prototype.send = function (message, exchange, sequence) {
    const name = statementOf(Buffer.isBuffer(message) ? message : message[0]!);
    if (name) step(name);
    send.call(this, message, exchange, sequence);
    if (name && inFlight.test(name)) step(`${name} sent`);
  };
  // Sessions that live in threads are asked by letters.
  const ask = Mailbox.prototype.send;
  Mailbox.prototype.send = function (letter, move) {
    const sql = (letter as { sql?: unknown }).sql;
    const name = typeof sql === 'string' ? visibleIn(sql) : null;
    if (name) step(name);
    ask.call(this, letter, move);
  };
}

function statementOf(message: Buffer): string | null {
  if (message[0] === commandByte.stmtBulkExecute) return 'rows';
  if (message[0] !== commandByte.query && message[0] !== commandByte.stmtPrepare) return null;
  return visibleIn(message.toString('utf8', 1, 200));
}

function visibleIn(sql: string): string | null {
  const text = sql.replace(/\s+/g, ' ').trimStart();
  return visible.exec(text.replace(/^CREATE DEFINER\S+ TRIGGER/, 'CREATE TRIGGER'))?.[1] ?? null;
}

function watchComputingNodes(): void {
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  const watched = function (this: pg.Client, ...args: unknown[]) {
    const text = typeof args[0] === 'string' && this.host === computingHost ? args[0] : '';
    const name = /^(BEGIN|COMMIT|CREATE \w+|ALTER \w+|GRANT|SET application_name)\b/.exec(text)?.[1];
    if (name) step(`computing ${name}`);
    const answer = query.apply(this, args);
    if (name === 'COMMIT') step('computing COMMIT sent');
    return answer;
  };
  Object.assign(pg.Client.prototype, { query: watched });
}

/** What the driver for folders does: a temporary file, a link to the name, and unlinks. */
function watchRepository(): void {
  const { open, link, unlink } = fs;
  fs.open = async (path, ...rest) => {
    if (String(path).endsWith('.part')) step('object begun');
    return open(path, ...rest);
  };
  fs.link = async (from, to) => {
    const name = objectOf(String(to));
    step(`${name} linked`);
    await link(from, to);
    step(`${name} there`);
  };
  fs.unlink = async (path) => {
    if (!String(path).endsWith('.part')) step(`${objectOf(String(path))} removed`);
    await unlink(path);
  };
  syncBuiltinESMExports();
}

function objectOf(path: string): string {
  if (path.includes('/segments/')) return 'segment';
  if (path.includes('/tables/')) return 'table file';
  return /([^/]+)\.(json|txt)$/.exec(path)?.[1] ?? 'object';
}
