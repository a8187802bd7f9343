'use client';
import { useEffect, useRef, useState } from 'react';
import { formatByteRate, formatBytes, formatRate } from '#components/format/bytes.ts';
import { formatCompact } from '#components/format/number.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { AreaChart } from '#components/ui/area-chart.tsx';
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx';
import { hasEnded } from '#server/contract/job.ts';

/** One sample a second, three minutes of them. */
const slots = 180;

interface Sample {
  rows: number | null;
  bytes: number | null;
}

/** Rates as this page heard them, second by second. Nothing is drawn for the time before it was opened. */
export function RateCard({ job }: { job: JobDetail }) {
  const latest = useRef(job.progress);
  latest.current = job.progress;
  const [samples, setSamples] = useState<Sample[]>([]);
  const running = job.state === 'running' || job.state === 'cancelling';
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      const { rowsPerSecond: rows = null, bytesPerSecond: bytes = null } = latest.current ?? {};
      setSamples((before) => [...before, { rows, bytes }].slice(-slots));
    }, 1_000);
    return () => clearInterval(timer);
  }, [running]);
  if (hasEnded(job.state) && samples.every(({ rows, bytes }) => rows === null && bytes === null)) return null;
  const verb = job.kind === 'backup' ? 'read' : 'loaded';
  return (
    <Card aria-label="Rate">
      <CardHeader title="Rate">
        <span className="text-12 text-ink-3">
          {samples.length >= slots ? 'last 3 min' : 'since this page was opened'}
        </span>
      </CardHeader>
      <CardBody className="flex flex-col gap-2">
        <AreaChart
          caption={`Rows ${verb} per second`}
          values={samples.map(({ rows }) => rows)}
          slots={slots}
          say={(value) => formatRate(value, 'row')}
          sayTop={formatCompact}
        />
        <AreaChart
          caption={`Bytes ${verb} per second`}
          values={samples.map(({ bytes }) => bytes)}
          slots={slots}
          tone="ins"
          say={formatByteRate}
          sayTop={formatBytes}
        />
      </CardBody>
    </Card>
  );
}
