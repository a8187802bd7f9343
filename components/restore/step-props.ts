import type { Backup, Cluster } from '#components/trpc/outputs.ts';
import type { RestoreChoice } from './restore-choice.ts';

/** What every step of the wizard is given. */
export interface StepProps {
  choice: RestoreChoice;
  cluster: Cluster;
  clusters: readonly Cluster[];
  /** The backup that is restored from, once it is chosen. */
  backup: Backup | undefined;
  change: (patch: Partial<RestoreChoice>, options?: { replace?: boolean }) => void;
}
