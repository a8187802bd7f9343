'use client';
import type { ReactNode } from 'react';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { formatCount, formatPercent, plural } from '#components/format/number.ts';
import { useNow } from '#components/format/use-now.ts';
import type { ArchiveStream } from '#components/trpc/outputs.ts';
import { sentence } from '#components/ui/error-panel.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { lagText, streamWords } from './archive-words.ts';

/** One storage node: how far its log is archived, and what is in the way. `toldAt` (epoch ms) is when that was asked. */
export function StreamRow({ stream, toldAt }: { stream: ArchiveStream; toldAt: number }) {
  const now = useNow();
  const { word, state } = streamWords(stream);
  const sinceMs = now === undefined ? 0 : now.getTime() - toldAt;
  return (
    <li className="border-b border-line px-3 py-2 last:border-b-0">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <b className="font-medium break-all">{stream.node}</b>
        <Tag state={state}>{word}</Tag>
        {stream.executor === null ? null : <span className="text-12 text-ink-3">by executor {stream.executor}</span>}
      </p>
      <dl className="mt-1 grid grid-cols-2 gap-x-4 gap-y-1.5 sm:grid-cols-3 lg:grid-cols-[repeat(6,minmax(0,1fr))]">
        <Figure caption="Lag">{lagText(stream.lagMs, sinceMs)}</Figure>
        <Figure caption="Last commit archived">
          {stream.committedAt ? <Instant at={stream.committedAt} style="second" /> : '–'}
        </Figure>
        <Figure caption="Reached">
          {stream.reached ? (
            <code className="break-all" title={stream.reached.gtid ? `GTID ${stream.reached.gtid}` : undefined}>
              {stream.reached.file}:<wbr />
              <span className="inline-block">{stream.reached.position}</span>
            </code>
          ) : (
            '–'
          )}
        </Figure>
        <Figure caption="Log read">
          {formatBytes(stream.logBytes)}
          <span className="block text-11 text-ink-3">{formatBytes(stream.writtenBytes)} sent to store it</span>
        </Figure>
        <Figure caption="Sealed segments">{formatCount(stream.segments)}</Figure>
        <Figure caption="CPU of its executor">
          {stream.executorCpu === null ? '–' : `${formatPercent(stream.executorCpu)} of a core`}
        </Figure>
      </dl>
      <Reason stream={stream} />
      {stream.lastGap ? (
        <p className="mt-1.5 text-12 break-words text-warn">
          {plural(stream.gaps, 'gap')}, the last found <Ago at={stream.lastGap.at} />:{' '}
          {sentence(stream.lastGap.message)}
        </p>
      ) : null}
    </li>
  );
}

function Figure({ caption, children }: { caption: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-11 text-ink-3">{caption}</dt>
      <dd className="tabular-nums break-words">{children}</dd>
    </div>
  );
}

/** Why it waits, what to do, and when it is tried again. */
function Reason({ stream: { state, reason, retryAt } }: { stream: ArchiveStream }) {
  if (reason === null) return null;
  return (
    <p className="mt-1.5 break-words text-ink-2">
      <span className={state === 'failed' ? 'text-bad' : 'text-warn'}>{sentence(reason.message)}</span> {reason.hint}{' '}
      <span className="text-12 text-ink-3">
        <code>{reason.code}</code>
        {retryAt ? (
          <>
            {' · tried again '}
            <Ago at={retryAt} />
          </>
        ) : null}
      </span>
    </p>
  );
}
