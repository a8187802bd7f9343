'use client';
import { ChoiceCards } from '#components/form/choice-cards.tsx';
import { BackupPoints } from './backup-points.tsx';
import { LogPoint } from './log-point.tsx';
import type { PointKind, PointWay } from './restore-choice.ts';
import type { StepProps } from './step-props.ts';
import { useCoverage } from './use-point.ts';

const wayOf = (kind: PointKind): PointWay => (kind === 'before' || kind === 'after' ? 'transaction' : kind);

/** To which point: by the log to an instant, around a transaction or as far as it goes, or to a backup's own end. */
export function PointStep(props: StepProps) {
  const { choice, cluster, change } = props;
  const { data: coverage } = useCoverage(cluster.id, choice.tables[0]);
  const noLog = coverage !== undefined && coverage.logs.length === 0;
  const chosen = choice.point === '' ? null : wayOf(choice.point);
  // Where nothing is chosen yet: with a log at hand, what it is there for.
  const way = chosen ?? (coverage === undefined ? undefined : noLog ? 'backup' : 'instant');
  const choose = (next: PointWay) => {
    if (next === way && chosen !== null) return;
    const point = next === 'transaction' ? 'before' : next;
    change({ point, at: '', transaction: '', backup: '' }, { replace: true });
  };
  const refused = noLog ? `No log of ${cluster.name} that a backup of the table goes on in is archived.` : undefined;
  return (
    <>
      <ChoiceCards<PointWay>
        label="Kind of point"
        value={way}
        onChange={choose}
        choices={[
          { value: 'instant', title: 'An instant', note: 'What was committed by then.', refused },
          { value: 'transaction', title: 'A transaction', note: 'Just before it or just after, exactly.', refused },
          { value: 'latest', title: 'Latest', note: 'All that is archived.', refused },
          { value: 'backup', title: "A backup's own end", note: 'Without the log.' },
        ]}
      />
      {way === 'backup' ? <BackupPoints {...props} /> : <LogPoint {...props} way={way ?? 'instant'} />}
    </>
  );
}
