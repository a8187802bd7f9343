import type { JobInput } from './input.ts';

/** What a verb says of a job that is to be. */
export interface NewJob {
  /** Default: a new one. */
  id?: string;
  input: JobInput;
  /** One line that says in lists what this job is about. */
  title: string;
  cluster?: { id: string; name: string } | null;
  destination?: { id: string; name: string } | null;
  backupId?: string;
  /** Tables known already; others get a row when the work first reports them. */
  tables?: readonly { source: string; target: string | null }[];
  /** Tables this job writes: refused while another job writes one of them. */
  writes?: { clusterId: string; tables: readonly string[] };
  parent?: { jobId: string; reason: 'retry' | 'clone' };
}
