'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { useCallback, useMemo } from 'react';
import { useMay } from '#components/auth/me.tsx';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import { shortNames } from '#components/format/table-names.ts';
import { ZoneSwitch } from '#components/format/zone-switch.tsx';
import { Page } from '#components/layout/page.tsx';
import { PageFooter } from '#components/layout/page-footer.tsx';
import { PageHeader } from '#components/layout/page-header.tsx';
import { useAddress } from '#components/layout/use-address.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { Cluster } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Steps } from '#components/ui/steps.tsx';
import { PlanStep } from './plan-step.tsx';
import { PointStep } from './point-step.tsx';
import {
  mostTables,
  pointOf,
  type RestoreChoice,
  reachedStep,
  readChoice,
  type Step,
  steps,
  writeChoice,
} from './restore-choice.ts';
import type { StepProps } from './step-props.ts';
import { TablesStep } from './tables-step.tsx';
import { usePointVerdict } from './use-point.ts';
import { WhereStep } from './where-step.tsx';

const stepNames: Record<Step, string> = { tables: 'Tables', point: 'Point', where: 'Where', plan: 'Plan' };

/** The wizard: what, to which point, where to, and the plan before the button. Each step is an address. */
export function RestorePage({ initial }: { initial?: Cluster[] }) {
  const trpc = useTRPC();
  const { params, set } = useAddress();
  const mayOperate = useMay('operator');
  const clusters = useQuery({ ...trpc.cluster.list.queryOptions(), initialData: initial });
  const choice = useMemo(() => readChoice(params), [params]);
  const change = useCallback<StepProps['change']>((patch, options) => set(writeChoice(patch), options), [set]);
  const backup = useQuery(
    trpc.backup.show.queryOptions(
      { backupId: choice.backup },
      { enabled: choice.backup !== '', placeholderData: keepPreviousData },
    ),
  );
  const step = reachedStep(choice);
  const named = clusters.data?.find(({ name }) => name === choice.cluster);
  const cluster = named ?? clusters.data?.find(({ lastBackupAt }) => lastBackupAt !== null) ?? clusters.data?.[0];
  const bar = {
    title: 'Restore',
    steps: (
      <Steps
        label="Steps of the restore"
        steps={[...steps.map((each) => stepNames[each]), 'Run']}
        current={steps.indexOf(step)}
      />
    ),
    actions: <CopyLink />,
  };
  if (!mayOperate || cluster === undefined) {
    return (
      <Page {...bar} actions={undefined}>
        {clusters.error && !clusters.data ? (
          <ErrorPanel failure={failureOf(clusters.error)} />
        ) : clusters.data || !mayOperate ? (
          <Card aria-label="Restore">
            <EmptyState
              title={mayOperate ? 'Nothing to restore yet' : 'A restore needs the role operator'}
              action={
                mayOperate ? (
                  <Button asChild variant="primary">
                    <Link href="/clusters/new">Register a cluster</Link>
                  </Button>
                ) : undefined
              }
            >
              {mayOperate ? 'A cluster and a first backup of it come before.' : 'An admin gives roles, under Settings.'}
            </EmptyState>
          </Card>
        ) : null}
      </Page>
    );
  }
  const props: StepProps = {
    choice,
    cluster,
    clusters: clusters.data!,
    backup: choice.backup ? backup.data : undefined,
    change,
  };
  // The plan has a footer of its own: its button starts what it shows.
  if (step === 'plan') return <PlanStep {...props} bar={bar} header={<Header {...props} />} />;
  return (
    <Page {...bar} footer={<Footer {...props} step={step} />}>
      <Header {...props} />
      {step === 'tables' ? <TablesStep {...props} /> : null}
      {step === 'point' ? <PointStep {...props} /> : null}
      {step === 'where' ? <WhereStep {...props} /> : null}
    </Page>
  );
}

function Header({ choice, cluster, change }: StepProps) {
  const [only] = choice.tables;
  const short = only === undefined ? '' : shortNames([only]).get(only)!;
  return (
    <PageHeader
      title={
        choice.tables.length === 0 ? (
          `Restore tables of ${cluster.name}`
        ) : choice.tables.length === 1 ? (
          <>
            <span className="font-normal text-ink-3">{only!.slice(0, only!.length - short.length)}</span>
            {short}
          </>
        ) : (
          plural(choice.tables.length, 'table')
        )
      }
      note={
        choice.tables.length === 0 ? (
          'Choose what is to be brought back.'
        ) : (
          <>
            Cluster{' '}
            <Link href={`/clusters/${cluster.name}`} className="link-inline">
              {cluster.name}
            </Link>{' '}
            ({cluster.kind}) ·{' '}
            <button type="button" className="link-inline" onClick={() => change({ step: 'tables' })}>
              change tables
            </button>
          </>
        )
      }
      aside={<ZoneSwitch />}
    />
  );
}

function Footer({ step, ...props }: StepProps & { step: Step }) {
  const { choice, cluster, backup, change } = props;
  const at = steps.indexOf(step);
  const verdict = usePointVerdict(choice, { clusterId: cluster.id, table: choice.tables[0] });
  const missing =
    step === 'tables'
      ? choice.tables.length === 0 || choice.tables.length > mostTables
      : step === 'point'
        ? pointOf(choice) === null || verdict?.possible === false
        : choice.where === 'cluster' && choice.into === '';
  const next = steps[at + 1]!;
  return (
    <PageFooter
      back={at === 0 ? null : <Button onClick={() => change({ step: steps[at - 1]! })}>Back</Button>}
      note={
        <span aria-live="polite">
          {step === 'tables' ? (
            choice.tables.length === 0 ? (
              'No table is chosen.'
            ) : choice.tables.length > mostTables ? (
              <>
                More than {mostTables} tables at once: <code>tidemark restore run --table-list</code>
              </>
            ) : (
              <b>{plural(choice.tables.length, 'table')}</b>
            )
          ) : pointOf(choice) === null ? (
            'No point is chosen.'
          ) : choice.point !== 'backup' ? (
            <LogPointWords choice={choice} possible={verdict?.possible ?? true} />
          ) : backup === undefined ? (
            '…'
          ) : (
            <>
              <b>
                <Instant at={backup.at} style="full" />
              </b>{' '}
              · backup on {backup.destinationName}
            </>
          )}
        </span>
      }
      next={
        <Button variant="primary" disabled={missing} onClick={() => change({ step: next, cluster: cluster.name })}>
          Next: {stepNames[next]}
          <ChevronRight aria-hidden="true" />
        </Button>
      }
    />
  );
}

function LogPointWords({ choice, possible }: { choice: RestoreChoice; possible: boolean }) {
  const at = choice.at === '' ? null : <Instant at={choice.at} style="full" />;
  return (
    <>
      <b>
        {choice.point === 'latest' ? 'Latest that is archived' : null}
        {choice.point === 'instant' ? at : null}
        {choice.point === 'before' || choice.point === 'after' ? `Just ${choice.point} ${choice.transaction}` : null}
      </b>
      {choice.point !== 'instant' && choice.point !== 'latest' && at ? <> · {at}</> : null}
      {possible ? null : <span className="text-bad"> · not recoverable</span>}
    </>
  );
}

function CopyLink() {
  const here = typeof window === 'undefined' ? '' : window.location.href;
  useAddress();
  return <CopyButton text={here} label="Copy link" words className="max-sm:hidden" />;
}
