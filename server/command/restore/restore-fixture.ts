import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { clusterAccessOf } from '#lab/cluster-access.ts';
import { type ClusterName, nodeNamed } from '#lab/node.ts';
import { type Lab, labUp } from '#lab/up.ts';
import { type Clock, systemClock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import { createLogger } from '#server/base/log.ts';
import type { JobEvent, ProgressReport } from '#server/contract/job.ts';
import type { NodeSigns } from '#server/contract/progress.ts';
import { type RestoreInput, type RestorePlan, restoreInput, restorePlan } from '#server/contract/restore.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import type { Attempt, EndedAttempt } from '../attempt.ts';
import { makeBackup } from './backup-fixture.ts';
import type { RestoreResult } from './command.ts';
import { planRestore } from './plan.ts';
import { restore } from './restore.ts';

/** For tests: clusters of the lab in a temporary folder, a place for backups, and jobs that nobody stores. */
export async function startRestoreFixture(clusters: readonly ClusterName[], rows: number): Promise<RestoreFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-restore-'));
  const lab = await labUp({ folder: join(folder, 'lab'), clusters, rows, ephemeral: true });
  return new RestoreFixture(folder, lab, await openStorage({ kind: 'fs', path: join(folder, 'store') }));
}

export class RestoreFixture {
  readonly folder: string;
  readonly lab: Lab;
  readonly storage: Storage;

  constructor(folder: string, lab: Lab, storage: Storage) {
    this.folder = folder;
    this.lab = lab;
    this.storage = storage;
  }

  access(cluster: ClusterName): ClusterAccess {
    return clusterAccessOf(this.lab.nodes, cluster);
  }

  backup(cluster: ClusterName, tables: string[]): Promise<string> {
    return makeBackup(new TestJob().attempt(), this.access(cluster), this.storage, tables);
  }

  /** Statements as administrator on a storage node: answers with lines of tab-separated text. */
  sql(node: string, text: string): Promise<string> {
    return nodeNamed(this.lab.nodes, node).mariadb!.sql(text);
  }

  /** A query as administrator on a computing node. */
  async query(cluster: ClusterName, text: string): Promise<Record<string, unknown>[]> {
    const client = await nodeNamed(this.lab.nodes, `${cluster}-computing`).postgres!.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async plan(
    cluster: ClusterName,
    backupId: string,
    tables: Partial<RestoreInput['tables'][number]>[],
    options: Partial<RestoreInput> & { into?: ClusterName; now?: Date } = {},
  ): Promise<RestorePlan> {
    const { into, now = new Date(), ...input } = options;
    const target = this.access(into ?? cluster);
    const made = await planRestore({
      restore: restoreInput.parse({
        clusterId: `lab-${cluster}`,
        point: { kind: 'backup', backupId },
        tables,
        intoClusterId: into ? `lab-${into}` : null,
        ...input,
      }),
      backupId,
      destinationName: 'store',
      storage: this.storage,
      sourceClusterName: cluster,
      target,
      history: [],
      now,
    });
    return restorePlan.parse(JSON.parse(JSON.stringify(made)));
  }

  run(plan: RestorePlan, job: TestJob = new TestJob()): Promise<RestoreResult> {
    const into = plan.targetClusterName as ClusterName;
    return restore(job.attempt(), { plan, storage: this.storage, target: this.access(into) });
  }

  /** Names of scratch databases that are left on a storage node. */
  async scratch(node: string): Promise<string[]> {
    const text = await this.sql(node, "SHOW DATABASES LIKE 'tidemark\\_%'");
    return text.split('\n').filter(Boolean);
  }

  async stop(): Promise<void> {
    await this.lab.down();
    await this.storage.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What `ended` of every test job's attempts knows. */
export const endedJobs: EndedAttempt[] = [];

/**
 * A job whose lease and journal lie in memory. `onStep` is called with a name at every step that others could see
 * (`lease`, `save publishing` …) and may throw or never return, as a process does that is killed or stopped there.
 */
export class TestJob {
  readonly notes = new Map<string, unknown>();
  readonly events: { level: JobEvent['level']; message: string }[] = [];
  readonly reports: ProgressReport[] = [];
  readonly steps: string[] = [];
  readonly signs: NodeSigns[] = [];
  /** Replaced for a later attempt that nobody stops. */
  stop = new AbortController();
  onStep: (step: string, attemptId: string) => void | Promise<void> = () => {};
  private readonly attempts: string[] = [];

  /** A new attempt takes the lease from the one before. */
  attempt(clock: Clock = systemClock): Attempt {
    const attemptId = ulid().toLowerCase();
    const earlierAttempts = [...this.attempts];
    this.attempts.push(attemptId);
    const assertHeld = async () => {
      if (this.attempts.at(-1) === attemptId) return;
      throw new TidemarkError('job/lease-lost', 'another attempt has this job');
    };
    const { signal } = this.stop;
    return {
      jobId: 'job',
      attemptId,
      earlierAttempts,
      cancellation: { stop: signal, abandon: new AbortController().signal },
      clock,
      log: createLogger({ level: 'error' }),
      lease: {
        assertHeld: async () => {
          await assertHeld();
          await this.onStep('lease', attemptId);
        },
      },
      journal: {
        load: async (key) => structuredClone(this.notes.get(key) ?? null),
        save: async (key, value) => {
          await assertHeld();
          this.notes.set(key, JSON.parse(JSON.stringify(value)));
          await this.onStep(`save ${(value as { state: string }).state}`, attemptId);
        },
        saveAll: async (notes) => {
          await this.onStep('save all asked', attemptId);
          await assertHeld();
          for (const [key, value] of notes) this.notes.set(key, JSON.parse(JSON.stringify(value)));
          const states = new Set([...notes.values()].map((value) => (value as { state: string }).state));
          for (const state of states) await this.onStep(`save all ${state}`, attemptId);
        },
      },
      ended: async (ids) => endedJobs.filter(({ attemptId }) => ids.includes(attemptId)),
      report: (progress) => {
        this.reports.push(progress);
        void this.onStep(`${progress.phase} ${progress.state}`, attemptId);
      },
      step: (name) => this.steps.push(name),
      signs: (signs) => this.signs.push(signs),
      writerWaited: () => {},
      event: (level, message) => this.events.push({ level, message }),
    };
  }
}
