'use client';
import { useEffect, useState } from 'react';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { useTRPCClient } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { cn } from '#components/ui/cn.ts';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { hasEnded, type JobEvent } from '#server/contract/job.ts';

/** The browser draws this many of the newest; the download holds all. */
const mostDrawn = 300;
const pageSize = 1_000;

const dots: Record<JobEvent['level'], { look: string; word: string }> = {
  info: { look: 'rounded-full bg-run', word: '' },
  good: { look: 'rounded-full bg-ok', word: 'Good: ' },
  warn: { look: 'rotate-45 bg-warn', word: 'Warning: ' },
  bad: { look: 'bg-bad', word: 'Bad: ' },
};

/** What the job said of itself, newest first. Without Follow the list stands still and counts what came since. */
export function EventLog({ job }: { job: JobDetail }) {
  const { events, error } = useEvents(job);
  const [heldAt, setHeldAt] = useState<number | null>(null);
  const shown = heldAt === null ? events : events.filter(({ id }) => id <= heldAt);
  const waiting = events.length - shown.length;
  return (
    <Card aria-label="Events">
      <CardHeader title="Events" note={waiting > 0 ? `${waiting} new` : undefined}>
        {hasEnded(job.state) ? null : (
          <Button
            size="small"
            variant={heldAt === null ? 'on' : 'default'}
            aria-pressed={heldAt === null}
            onClick={() => setHeldAt(heldAt === null ? (events.at(-1)?.id ?? 0) : null)}
          >
            Follow
          </Button>
        )}
        <Button
          size="small"
          variant="quiet"
          disabled={events.length === 0}
          onClick={() => download(job.number, events)}
        >
          Download
        </Button>
      </CardHeader>
      {error ? <ErrorPanel failure={failureOf(error)} className="m-3" /> : null}
      {shown.length === 0 ? (
        <p className="px-3 py-3 text-ink-3">{job.lastEventId === 0 ? 'Nothing has happened yet.' : 'Reading…'}</p>
      ) : (
        <ol
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label="Events, newest first"
          className="max-h-[440px] overflow-y-auto px-3 pt-1.5 pb-2 -outline-offset-2"
        >
          {shown
            .slice(-mostDrawn)
            .reverse()
            .map(({ id, at, level, message }) => (
              <li key={id} className="grid grid-cols-[auto_8px_minmax(0,1fr)] gap-2 py-[3px] text-12 leading-[1.4]">
                <Instant at={at} style="clock" className="text-ink-3" />
                <span aria-hidden="true" className={cn('mt-[5px] size-[7px]', dots[level].look)} />
                <span className="break-words">
                  <span className="sr-only">{dots[level].word}</span>
                  {sentence(message).replace(/\.$/, '')}
                </span>
              </li>
            ))}
        </ol>
      )}
      {shown.length > mostDrawn ? (
        <p className="border-t border-line px-3 py-1.5 text-12 text-ink-3">
          {plural(shown.length - mostDrawn, 'older event')} in the download.
        </p>
      ) : null}
    </Card>
  );
}

/** All events so far; what is new is asked for when the job's row says that there is more. */
function useEvents({ id: jobId, lastEventId }: Pick<JobDetail, 'id' | 'lastEventId'>) {
  const client = useTRPCClient();
  const [state, setState] = useState<{ jobId: string; events: JobEvent[]; error: unknown }>({
    jobId,
    events: [],
    error: null,
  });
  const events = state.jobId === jobId ? state.events : none;
  const known = events.at(-1)?.id ?? 0;
  useEffect(() => {
    if (known >= lastEventId) return;
    const gone = new AbortController();
    client.job.events
      .query({ jobId, after: known, limit: pageSize }, { signal: gone.signal })
      .then((more) => {
        if (gone.signal.aborted) return;
        setState((before) => {
          const own = before.jobId === jobId ? before.events : none;
          return { jobId, events: [...own, ...more.filter(({ id }) => id > (own.at(-1)?.id ?? 0))], error: null };
        });
      })
      .catch((error: unknown) => {
        if (!gone.signal.aborted) setState((before) => ({ ...before, error }));
      });
    return () => gone.abort();
  }, [client, jobId, known, lastEventId]);
  return { events, error: state.error };
}

const none: JobEvent[] = [];

function download(number: number, events: readonly JobEvent[]): void {
  const text = events.map(({ at, level, message }) => `${at} ${level.padEnd(4)} ${message}\n`).join('');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = `job-${number}-events.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}
