'use client';
import { useMutation } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import { choiceOf, writeChoice } from '#components/restore/restore-choice.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { CodeBlock } from '#components/ui/code-block.tsx';
import { Dialog, DialogClose, DialogContent, DialogTrigger } from '#components/ui/dialog.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { hasEnded } from '#server/contract/job.ts';
import { sameCall } from './command-line.ts';
import { jobName } from './job-words.ts';

/** What can be done with a job, as the bar's controls. */
export function JobActions({ job }: { job: JobDetail }) {
  const mayOperate = useMay('operator');
  return (
    <>
      <CallDialog job={job} />
      {mayOperate ? (
        <>
          <Clone job={job} />
          {hasEnded(job.state) ? <Retry job={job} /> : <Cancel job={job} />}
        </>
      ) : null}
    </>
  );
}

function CallDialog({ job }: { job: JobDetail }) {
  const into =
    job.input.kind === 'restore' && job.input.targetClusterId !== job.input.clusterId ? job.clusterName : null;
  const call = sameCall(job.input, { cluster: job.clusterName ?? '', destination: job.destinationName ?? '', into });
  if (call === null) return null;
  const curl = `curl -sS "$TIDEMARK_URL/api/trpc/${call.procedure}" \\\n  -H "Authorization: Bearer $TIDEMARK_TOKEN" -H 'content-type: application/json' \\\n  --data-binary @- <<'EOF'\n${call.body}\nEOF`;
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button size="small" variant="quiet" className="max-sm:hidden">
          CLI and API call
        </Button>
      </DialogTrigger>
      <DialogContent title="The same from elsewhere" description="Both ask for a job like this one." width="wide">
        <h3 className="mb-1">Command line</h3>
        <CodeBlock code={call.command} label="command" />
        <h3 className="mt-3 mb-1">API</h3>
        <CodeBlock code={curl} label="API call" />
        {job.kind === 'restore' ? (
          <p className="mt-2 text-12 text-ink-2">
            The answer names its plan; <code>restore.run</code> with that <code>planJobId</code> starts it.
          </p>
        ) : null}
      </DialogContent>
    </Dialog>
  );
}

function Clone({ job }: { job: JobDetail }) {
  const trpc = useTRPC();
  const router = useRouter();
  const clone = useMutation(
    trpc.job.clone.mutationOptions({ onSuccess: ({ number }) => router.push(`/jobs/${number}`) }),
  );
  if (job.input.kind === 'restore') {
    const { plan, clusterId, targetClusterId } = job.input;
    const query = new URLSearchParams({ cluster: plan.clusterName, step: 'where' });
    for (const [name, value] of Object.entries(writeChoice(choiceOf(plan)))) {
      if (value) query.set(name, String(value));
    }
    for (const { source } of plan.tables.slice(0, 200)) query.append('table', source);
    if (targetClusterId !== clusterId) query.set('into', plan.targetClusterName);
    if (plan.clean) query.set('where', 'in-place');
    return (
      <Button asChild size="small">
        <Link href={`/restore?${query}`}>Clone</Link>
      </Button>
    );
  }
  if (job.input.kind === 'inspect') return null;
  return (
    <>
      <Button size="small" busy={clone.isPending} onClick={() => clone.mutate({ jobId: job.id })}>
        Clone
      </Button>
      <Failed title="The job was not cloned" error={clone.error} onClose={() => clone.reset()} />
    </>
  );
}

function Retry({ job }: { job: JobDetail }) {
  const trpc = useTRPC();
  const router = useRouter();
  const retry = useMutation(
    trpc.job.retry.mutationOptions({ onSuccess: ({ number }) => router.push(`/jobs/${number}`) }),
  );
  if (job.state === 'succeeded' || job.kind === 'inspect') return null;
  return (
    <>
      <Button size="small" variant="primary" busy={retry.isPending} onClick={() => retry.mutate({ jobId: job.id })}>
        {job.state === 'partly' ? 'Retry what failed' : 'Retry'}
      </Button>
      <Failed title="The job was not retried" error={retry.error} onClose={() => retry.reset()} />
    </>
  );
}

function Cancel({ job }: { job: JobDetail }) {
  const trpc = useTRPC();
  const [asked, setAsked] = useState(false);
  const cancel = useMutation(trpc.job.cancel.mutationOptions({ onSuccess: () => setAsked(false) }));
  const words =
    job.kind === 'backup'
      ? 'Nothing of it will look like a backup: what was written is cleaned away.'
      : job.kind === 'restore'
        ? 'Tables that are already in place stay; of the others nothing is left.'
        : 'What was begun is ended in order.';
  return (
    <Dialog open={asked} onOpenChange={setAsked}>
      <DialogTrigger asChild>
        <Button size="small" variant="danger" disabled={job.state === 'cancelling'}>
          {job.state === 'cancelling' ? 'Cancelling' : 'Cancel'}
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Cancel ${jobName(job)}?`}
        width="small"
        footer={
          <>
            <DialogClose asChild>
              <Button>Let it run</Button>
            </DialogClose>
            <Button variant="danger" busy={cancel.isPending} onClick={() => cancel.mutate({ jobId: job.id })}>
              Cancel job
            </Button>
          </>
        }
      >
        <p className="text-ink-2">{words}</p>
        {cancel.error ? <ErrorPanel failure={failureOf(cancel.error)} className="mt-2" /> : null}
      </DialogContent>
    </Dialog>
  );
}

function Failed({ title, error, onClose }: { title: string; error: unknown; onClose: () => void }) {
  return (
    <Dialog open={error !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent title={title} width="small">
        {error === null ? null : <ErrorPanel failure={failureOf(error)} />}
      </DialogContent>
    </Dialog>
  );
}
