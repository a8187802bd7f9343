import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '#server/api/app-router.ts';

/** What the procedures take and answer, named as the screens speak of them. */
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

export type Overview = Outputs['overview']['summary'];
export type Cluster = Outputs['cluster']['list'][number];
export type ClusterDetail = Outputs['cluster']['show'];
export type Archive = Outputs['archive']['status'];
export type ArchiveStream = Archive['streams'][number];
export type TablePage = Outputs['table']['search'];
export type ClusterTable = TablePage['tables'][number];
export type TableDetail = Outputs['table']['show'];
export type Coverage = Outputs['table']['coverage'];
export type BackupPage = Outputs['backup']['list'];
export type Backup = BackupPage['backups'][number];
export type BackupTable = Outputs['backup']['tables']['tables'][number];
export type Destination = Outputs['destination']['list'][number];
export type JobPage = Outputs['job']['list'];
export type Job = JobPage['jobs'][number];
export type JobDetail = Outputs['job']['show'];
export type JobTable = Outputs['job']['tables']['tables'][number];
export type KeptCopy = Outputs['restore']['kept'][number];
export type Plan = Outputs['restore']['plan']['plan'];
export type Person = Outputs['people']['list'][number];
export type Me = Outputs['people']['me'];
export type Token = Outputs['token']['list'][number];
export type AuditPage = Outputs['audit']['list'];
export type Changes = Outputs['changes']['list'];
export type LoggedTransaction = Changes['transactions'][number];
