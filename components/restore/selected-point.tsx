'use client';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { Instant } from '#components/format/instant.tsx';
import { formatInstant } from '#components/format/instant-text.ts';
import { useNow } from '#components/format/use-now.ts';
import { useZone } from '#components/format/zone-context.tsx';
import type { LoggedTransaction } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { transaction as transactionText } from '#server/contract/restore-point.ts';
import { aroundWords, type PointVerdict } from './point-words.ts';
import type { PointWay, RestoreChoice } from './restore-choice.ts';
import type { StepProps } from './step-props.ts';
import { instantForTyping, readTypedInstant, typedProblem } from './typed-instant.ts';
import { usePointVerdict } from './use-point.ts';

/** The point as it is typed or was chosen, and what it means. */
export function SelectedPoint({
  way,
  table,
  lastCommit,
  transaction,
  choice,
  cluster,
  change,
}: StepProps & {
  way: Exclude<PointWay, 'backup'>;
  table: string;
  lastCommit: string | null;
  /** The chosen one, where it is in sight. */
  transaction: LoggedTransaction | undefined;
}) {
  const trpc = useTRPC();
  const found = useQuery(trpc.backup.list.queryOptions({ clusterId: cluster.id, table, limit: 200 }));
  const more = { backups: found.data?.backups ?? [], lastCommit };
  const verdict = usePointVerdict(choice, { clusterId: cluster.id, table }, more);
  const set = (patch: Partial<RestoreChoice>) => change({ backup: '', ...patch }, { replace: true });
  return (
    <Card aria-label="Selected point">
      <CardHeader title="Selected point">{verdict ? <Tag state={verdict.state}>{verdict.word}</Tag> : null}</CardHeader>
      <div className="flex flex-col gap-2.5 p-3">
        {way === 'instant' ? <InstantField key={choice.at} choice={choice} set={set} /> : null}
        {way === 'transaction' ? <TransactionField key={choice.transaction} choice={choice} set={set} /> : null}
        {choice.at === '' || way === 'latest' ? null : <AllZones at={choice.at} />}
        <div aria-live="polite" className="flex flex-col gap-2">
          {way === 'transaction' && choice.transaction !== '' ? (
            <Around choice={choice} transaction={transaction} />
          ) : null}
          {verdict ? (
            <Meaning verdict={verdict} onInstant={(at) => set({ point: 'instant', at, transaction: '' })} />
          ) : null}
          {verdict === null && way === 'transaction' && choice.transaction !== '' ? (
            <p className="text-12 text-ink-2">
              Its time is not known here; the plan says whether it can be brought back to.
            </p>
          ) : null}
        </div>
      </div>
    </Card>
  );
}

type Set = (patch: Partial<RestoreChoice>) => void;

/** What is typed becomes the point as soon as it is one instant, when the field is left or Enter is pressed. */
function InstantField({ choice, set }: { choice: RestoreChoice; set: Set }) {
  const { zone } = useZone();
  const now = useNow();
  const initial = choice.at === '' ? '' : instantForTyping(new Date(choice.at), zone);
  const [typed, setTyped] = useState<string>();
  const text = typed ?? initial;
  const read = typed === undefined || typed.trim() === '' ? null : readTypedInstant(typed, zone, now ?? new Date());
  const problem = read ? typedProblem(read, zone) : null;
  const take = (at: Date) => {
    setTyped(undefined);
    set({ point: 'instant', at: at.toISOString(), transaction: '' });
  };
  const commit = () => {
    if (read?.kind === 'one') take(read.at);
    else if (typed !== undefined && typed.trim() === '' && choice.at !== '') set({ point: 'instant', at: '' });
  };
  const offered =
    read?.kind === 'twice' ? [read.first, read.second] : read?.kind === 'skipped' ? [read.before, read.after] : [];
  return (
    <>
      <Field
        label="Instant"
        hint="By the clock that is shown, or with an offset of its own."
        error={read?.kind === 'unreadable' ? problem : undefined}
        echo={read?.kind === 'one' ? formatInstant(read.at, { zone, style: 'full' }) : undefined}
      >
        <Input
          value={text}
          placeholder="2026-11-20 02:41:07.318"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => (event.key === 'Enter' ? commit() : undefined)}
        />
      </Field>
      {offered.length === 0 ? null : (
        <div role="alert" className="rounded-2 border border-warn bg-warn-soft px-2.5 py-2 text-12">
          <p>{problem}</p>
          <p className="mt-1.5 flex flex-wrap gap-1.5">
            {offered.map((at) => (
              <Button key={at.getTime()} size="small" onClick={() => take(at)}>
                {formatInstant(at, { zone, style: 'second', named: true })}
              </Button>
            ))}
          </p>
        </div>
      )}
    </>
  );
}

function TransactionField({ choice, set }: { choice: RestoreChoice; set: Set }) {
  const [text, setText] = useState(choice.transaction);
  const wrong = text.trim() !== '' && !transactionText.safeParse(text.trim()).success;
  const side = choice.point === 'after' ? 'after' : 'before';
  const commit = () => {
    const next = text.trim();
    if (next !== choice.transaction && !wrong) set({ point: side, transaction: next, at: '' });
  };
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Field
        label="Transaction"
        className="min-w-48 flex-1"
        hint="Choose one from the list, or type its id."
        error={wrong ? 'Write a GTID, as 0-1-42 or s1:0-1-42, or xa: and a gtrid.' : undefined}
      >
        <Input
          value={text}
          placeholder="s1:0-1-42"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className="font-mono"
          onChange={(event) => setText(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => (event.key === 'Enter' ? commit() : undefined)}
        />
      </Field>
      <Segmented<'before' | 'after'>
        label="Before or after the transaction"
        className="mt-[22px]"
        value={side}
        onChange={(point) => set({ point })}
        segments={[
          { value: 'before', label: 'Before' },
          { value: 'after', label: 'After' },
        ]}
      />
    </div>
  );
}

function AllZones({ at }: { at: string }) {
  const { zone, zones, mounted } = useZone();
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return null;
  const others = [...new Set([zones.server, 'UTC', ...(mounted ? [zones.mine] : [])])].filter((one) => one !== zone);
  return (
    <div>
      <p className="font-semibold">
        <Instant at={date} style="full" />
      </p>
      {others.map((one) => (
        <p key={one} className="text-12 text-ink-3 tabular-nums">
          {formatInstant(date, { zone: one, style: 'full' })}
        </p>
      ))}
    </div>
  );
}

function Around({ choice, transaction }: { choice: RestoreChoice; transaction: LoggedTransaction | undefined }) {
  const before = choice.point !== 'after';
  return (
    <p>
      <b className="font-semibold">
        Just {before ? 'before' : 'after'} <code className="text-12 break-all">{choice.transaction}</code>.
      </b>{' '}
      {aroundWords(before, transaction)}
    </p>
  );
}

function Meaning({ verdict, onInstant }: { verdict: PointVerdict; onInstant: (at: string) => void }) {
  const parts = verdict.means.split(/\{\d\}/);
  return (
    <>
      <p className={verdict.possible ? 'text-ink-2' : 'text-bad'}>
        {parts.map((part, at) => (
          <Fragment key={part}>
            {part}
            {verdict.instants[at] === undefined ? null : <Instant at={verdict.instants[at]} style="second" named />}
          </Fragment>
        ))}
      </p>
      {verdict.nearest.length === 0 ? null : (
        <p className="flex flex-wrap items-center gap-1.5 text-12">
          Nearest that {verdict.nearest.length === 1 ? 'is' : 'are'} recoverable:
          {verdict.nearest.map((at) => (
            <Button key={at} size="small" onClick={() => onInstant(at)}>
              <Instant at={at} style="second" />
            </Button>
          ))}
        </p>
      )}
    </>
  );
}
