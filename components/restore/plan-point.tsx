import { Instant } from '#components/format/instant.tsx';
import type { InstantStyle } from '#components/format/instant-text.ts';
import type { Plan } from '#components/trpc/outputs.ts';

type Pointed = Pick<Plan, 'point' | 'backup'> & { log?: Plan['log'] };

/** The instant at which what comes back stands; around a transaction that of its time. */
export const planAt = ({ point, log, backup }: Pointed): string =>
  log?.at ?? (point.kind === 'instant' ? point.at : backup.at);

/** To which point a plan brings back, in a few words; of jobs before points there is only the backup. */
export function PlanPoint({ plan, style = 'full' }: { plan: Pointed; style?: InstantStyle }) {
  const { point } = plan;
  const at = <Instant at={planAt(plan)} style={style} named />;
  if (point.kind !== 'before' && point.kind !== 'after') return at;
  return (
    <>
      just {point.kind} <code className="break-all">{point.transaction}</code>, {at}
    </>
  );
}
