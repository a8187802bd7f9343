import { plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { Outputs } from '#components/trpc/outputs.ts';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { CheckList } from './check-list.tsx';

type Tested = Outputs['cluster']['testConnection'];

/** A node that does not answer, or lets nobody in: nothing of this cluster can be read yet. */
export const isShut = ({ checks }: Tested): boolean =>
  checks.some(({ id, state }) => state === 'bad' && (id === 'reachable' || id === 'sign-in'));

/** What an executor found at the address, where the form is: each node and every check with what to do. */
export function TestedConnection({ test }: { test: { isPending: boolean; error: unknown; data: Tested | undefined } }) {
  return (
    <div aria-live="polite" className="empty:hidden">
      {test.isPending ? (
        <div className="flex flex-col gap-2 rounded-2 border border-line p-3">
          <Skeleton className="w-2/5" />
          <Skeleton className="w-3/5" />
        </div>
      ) : test.error ? (
        <ErrorPanel outcome="The connection was not tried." failure={failureOf(test.error)} />
      ) : test.data ? (
        <Answered tested={test.data} />
      ) : null}
    </div>
  );
}

function Answered({ tested: { nodes, checks } }: { tested: Tested }) {
  const bad = checks.filter(({ state }) => state === 'bad').length;
  const warn = checks.filter(({ state }) => state === 'warn').length;
  const down = nodes.filter(({ reachable }) => !reachable).length;
  return (
    <div className="rounded-2 border border-line">
      <p className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <Tag state={bad + down > 0 ? 'bad' : warn > 0 ? 'warn' : 'ok'}>{bad + down > 0 ? 'Problems' : 'Connected'}</Tag>
        <span>
          {plural(nodes.length, 'node')} found, {plural(nodes.length - down, 'node')} reached; {plural(bad, 'check')}{' '}
          bad, {warn} to look at.
        </span>
      </p>
      <CheckList checks={checks} className="max-h-72 overflow-y-auto" />
    </div>
  );
}
