'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import { shortNames } from '#components/format/table-names.ts';
import { restoreCommand } from '#components/job/command-line.ts';
import { Page } from '#components/layout/page.tsx';
import { PageFooter } from '#components/layout/page-footer.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import type { Plan } from '#components/trpc/outputs.ts';
import { useTRPC, useTRPCClient } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx';
import { CodeBlock } from '#components/ui/code-block.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { PlanChecks, PlanFigures, PlanSteps, WillNotComeBack } from './plan-parts.tsx';
import { PlanPoint, planAt } from './plan-point.tsx';
import { PlanTables } from './plan-tables.tsx';
import { inputOf } from './restore-choice.ts';
import type { StepProps } from './step-props.ts';

/**
 * The whole plan before the button, made by an executor from the catalogs as they are now. The button starts this very
 * plan, by its name, and nothing else.
 */
export function PlanStep({
  choice,
  cluster,
  clusters,
  backup,
  change,
  bar,
  header,
}: StepProps & { bar: Omit<ComponentProps<typeof Page>, 'children'>; header: ReactNode }) {
  const client = useTRPCClient();
  const into = clusters.find(({ name }) => name === choice.into);
  const input = inputOf(choice, { clusterId: cluster.id, intoClusterId: into?.id ?? null });
  const planned = useQuery({
    queryKey: ['restore-plan', input],
    queryFn: ({ signal }) => client.restore.plan.mutate(input, { signal }),
    // A plan is a certificate of its moment: it is made once, and anew only when somebody asks.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const plan = planned.isFetching ? undefined : planned.data?.plan;
  const good = plan?.tables.filter(({ problem }) => problem === null) ?? [];
  const bad = plan?.checks.some(({ state }) => state === 'bad') ?? false;
  const runnable = plan !== undefined && good.length > 0 && !bad;
  return (
    <Page
      {...bar}
      footer={
        <PageFooter
          back={<Button onClick={() => change({ step: 'where' })}>Back</Button>}
          note={
            <span aria-live="polite">
              {plan === undefined ? (
                planned.error ? (
                  'There is no plan.'
                ) : (
                  'An executor is making the plan.'
                )
              ) : (
                <>
                  <b>
                    <PlanPoint plan={plan} />
                  </b>{' '}
                  · {good.length === plan.tables.length ? '' : `${good.length} of `}
                  {plural(plan.tables.length, 'table')} · plan of <Instant at={plan.madeAt} style="clock" />
                </>
              )}
            </span>
          }
          next={
            <>
              <Button onClick={() => planned.refetch()} busy={planned.isFetching}>
                Plan again
              </Button>
              <Run plan={plan} planJobId={planned.data?.planJobId} runnable={runnable} good={good.length} />
            </>
          }
        />
      }
    >
      {header}
      {planned.error && !planned.isFetching ? (
        <ErrorPanel outcome="No plan was made and nothing was touched." failure={failureOf(planned.error)} />
      ) : plan === undefined ? (
        <Planning />
      ) : (
        <>
          <Sentence plan={plan} backup={backup?.destinationName} />
          <PlanFigures plan={plan} />
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-2">
            <WillNotComeBack plan={plan} />
            <PlanChecks plan={plan} />
          </div>
          <PlanTables plan={plan} choice={choice} change={change} />
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-2">
            <PlanSteps plan={plan} />
            <Card aria-label="The same on a command line">
              <CardHeader title="The same on a command line" />
              <CardBody>
                <CodeBlock
                  code={restoreCommand(plan, {
                    cluster: plan.clusterName,
                    into: plan.targetClusterName === plan.clusterName ? null : plan.targetClusterName,
                  })}
                  label="command"
                />
              </CardBody>
            </Card>
          </div>
        </>
      )}
    </Page>
  );
}

/** What this restore does, in one breath. */
function Sentence({ plan, backup }: { plan: Plan; backup: string | undefined }) {
  const bytes = plan.tables.reduce((sum, table) => sum + table.storedBytes, 0);
  const elsewhere = plan.targetClusterName !== plan.clusterName;
  return (
    <p className="max-w-[80ch] text-14">
      {plural(plan.tables.length, 'table')} of <b className="font-semibold">{plan.clusterName}</b> as{' '}
      {plan.tables.length === 1 ? 'it was' : 'they were'}{' '}
      <b className="font-semibold">
        <PlanPoint plan={plan} />
      </b>
      ,{' '}
      {plan.clean
        ? plan.tables.length === 1
          ? 'in place of the live one'
          : 'in place of the live ones'
        : elsewhere
          ? `into ${plan.targetClusterName}`
          : plan.tables.length === 1
            ? 'beside the live one'
            : 'beside the live ones'}
      , from {formatBytes(bytes)} on {backup ?? plan.backup.destination}
      {plan.log === null ? null : (
        <>
          : the backup of <Instant at={plan.backup.at} style="second" named />, and the log since
        </>
      )}
      .
      {plan.backup.cutProven
        ? ''
        : ' The cut of this backup is not proven: a transaction over several nodes may be half in it.'}
      {plan.clean && plan.keepForMs > 0
        ? ` What is there now is kept for ${plural(Math.round(plan.keepForMs / 86_400_000), 'day')}.`
        : ''}
      {plan.clean && plan.keepForMs === 0 ? ' What is there now is not kept.' : ''}
    </p>
  );
}

function Run({
  plan,
  planJobId,
  runnable,
  good,
}: {
  plan: Plan | undefined;
  planJobId: string | undefined;
  runnable: boolean;
  good: number;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const [asked, setAsked] = useState(false);
  const run = useMutation(
    trpc.restore.run.mutationOptions({ onSuccess: ({ number }) => router.push(`/jobs/${number}`) }),
  );
  const start = () => run.mutate({ planJobId: planJobId! });
  const failure = run.error ? failureOf(run.error) : undefined;
  const words = failure ? `Nothing was started. ${sentence(failure.message)} ${failure.hint ?? ''}` : undefined;
  const [only] = plan?.tables ?? [];
  const name = plan?.tables.length === 1 ? shortNames([only!.target]).get(only!.target)! : plural(good, 'table');
  if (!plan?.clean) {
    return (
      <>
        <Button variant="primary" disabled={!runnable} busy={run.isPending} onClick={start}>
          Restore {good > 0 ? plural(good, 'table') : ''}
        </Button>
        {words === undefined ? null : (
          <p role="alert" className="basis-full text-12 text-bad">
            {words}
          </p>
        )}
      </>
    );
  }
  return (
    <>
      <Button variant="danger" disabled={!runnable} onClick={() => setAsked(true)}>
        Replace {plural(good, 'table')}
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={(open) => {
          run.reset();
          setAsked(open);
        }}
        title={`Replace ${good === 1 ? 'the live table' : `${good} live tables`}?`}
        name={name}
        action={good === 1 ? 'Replace table' : 'Replace tables'}
        busy={run.isPending}
        failure={words}
        onConfirm={start}
      >
        What was written since <Instant at={planAt(plan)} style="second" named /> is no longer in{' '}
        {good === 1 ? 'it' : 'them'}.
        {plan.keepForMs > 0
          ? ` It stays in the kept copy for ${plural(Math.round(plan.keepForMs / 86_400_000), 'day')}.`
          : ' No copy of it is kept.'}
      </ConfirmDialog>
    </>
  );
}

function Planning() {
  return (
    <>
      <Card aria-label="Plan" className="flex min-h-[84px] flex-col justify-center gap-3 px-5">
        <Skeleton className="w-1/3" />
        <Skeleton className="h-5 w-1/2" />
      </Card>
      <Card aria-label="Tables" className="flex min-h-40 flex-col gap-3 p-5">
        <Skeleton className="w-1/4" />
        <Skeleton className="w-2/3" />
        <Skeleton className="w-1/2" />
      </Card>
    </>
  );
}
