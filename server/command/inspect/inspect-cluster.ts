import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { type FdwAccess, surveyFdw } from '#server/engine/topology/fdw.ts';
import { type MysqlClusterAccess, surveyMysql } from '#server/engine/topology/mysql.ts';
import { type NodeProbe, probeComputing, probeConnectTimeoutMs, probeStorage } from '#server/engine/topology/probe.ts';
import { probeReplica, replicaOfNobody } from '#server/engine/topology/probe-replica.ts';
import type { Survey } from '#server/engine/topology/survey.ts';
import { tableInfo } from '#server/engine/topology/table-info.ts';
import { unsupportedKind } from '#server/engine/topology/unsupported.ts';
import type { InspectResult } from './command.ts';

/**
 * What a cluster looks like right now: its nodes, every table with estimates, and what is wrong on which node. Changes
 * nothing. A storage node that does not answer is an unreachable node in the result.
 * Errors: those of openPostgres or openMysqlConnection for the node that says where tables lie, without which there is
 * nothing to show; `node/unsupported` for kinds that cannot be read yet.
 */
export async function inspectCluster(
  access: ClusterAccess,
  options: { signal?: AbortSignal; clock: Clock },
): Promise<InspectResult> {
  const takenAt = options.clock.now().toISOString();
  if (access.kind === 'klustron' || access.kind === 'postgres') throw unsupportedKind(access.kind);
  const { survey, computing } =
    access.kind === 'mysql' ? await readMysql(access, options) : await readFdw(access, options);

  const storage = await Promise.all(
    survey.nodes.map((node) => {
      const places = survey.relations.flatMap((one) => one.places.filter((place) => place.node === node.name));
      return probeStorage(node, places, options);
    }),
  );
  const replicas = await Promise.all(
    [...(access.replicas ?? [])].map(([name, replica]) => {
      const node = survey.nodes.find((one) => one.name === name);
      const known = survey.nodes.map((one) => one.name);
      return node ? probeReplica(node.access, replica, options) : replicaOfNobody(name, known);
    }),
  );
  const answers = new Map(storage.map((probe) => [probe.info.name, probe.tables]));
  const probes: NodeProbe[] = [...computing, ...storage];
  return {
    topology: {
      kind: access.kind,
      takenAt,
      nodes: probes.map((probe) => probe.info),
      tables: survey.relations.map((relation) => tableInfo(relation, answers)),
    },
    checks: [...probes.flatMap((probe) => probe.checks), ...replicas],
  };
}

interface Reading {
  survey: Survey;
  computing: NodeProbe[];
}

async function readFdw(access: FdwAccess, options: { signal?: AbortSignal; clock: Clock }): Promise<Reading> {
  const computing = await probeComputing(access.computing, (client) => surveyFdw(client, access), options);
  if (computing.answer instanceof TidemarkError) throw computing.answer;
  return { survey: computing.answer, computing: [computing] };
}

async function readMysql(access: MysqlClusterAccess, { signal }: { signal?: AbortSignal }): Promise<Reading> {
  const connection = await openMysqlConnection(access.node, { signal, connectTimeoutMs: probeConnectTimeoutMs });
  try {
    return { survey: (await surveyMysql(connection, access)).survey, computing: [] };
  } finally {
    await connection.close();
  }
}
