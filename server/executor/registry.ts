import { runBackup } from './run-backup.ts';
import { runDropKept } from './run-drop-kept.ts';
import { runInspect } from './run-inspect.ts';
import { runProbeDestination } from './run-probe-destination.ts';
import { runReindex } from './run-reindex.ts';
import { runRemoveBackup } from './run-remove-backup.ts';
import { runRestore } from './run-restore.ts';
import { runVerify } from './run-verify.ts';
import type { Runners } from './runner.ts';

/** Every kind of job, and what runs it. Commands are loaded when first used: an executor is ready at once. */
export const registry: Runners = {
  inspect: runInspect,
  backup: runBackup,
  restore: runRestore,
  verify: runVerify,
  'remove-backup': runRemoveBackup,
  'probe-destination': runProbeDestination,
  reindex: runReindex,
  'drop-kept': runDropKept,
};
