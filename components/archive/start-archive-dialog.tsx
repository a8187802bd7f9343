'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { failureOf } from '#components/trpc/failure.ts';
import type { Archive } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { DialogClose, DialogContent } from '#components/ui/dialog.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { Select } from '#components/ui/select.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';

/** Asks where the log is archived to; where it went before comes first. `onDone` when it has begun. */
export function StartArchiveDialog({ archive, onDone }: { archive: Archive; onDone: () => Promise<void> }) {
  const trpc = useTRPC();
  const destinations = useQuery(trpc.destination.list.queryOptions());
  const [chosen, setChosen] = useState<string | null>(archive.destination?.id ?? null);
  const destinationId = chosen ?? destinations.data?.[0]?.id;
  const start = useMutation(trpc.archive.start.mutationOptions({ onSuccess: onDone }));
  const before = archive.destination;
  return (
    <DialogContent
      title={`Archive the log of ${archive.cluster.name}?`}
      description="An executor copies the binary log of every storage node as it is written. A cluster has one archive, which all its backups share."
      footer={
        <>
          <DialogClose asChild>
            <Button>Not now</Button>
          </DialogClose>
          <Button
            variant="primary"
            disabled={destinationId === undefined}
            busy={start.isPending}
            onClick={() => start.mutate({ clusterId: archive.cluster.id, destinationId })}
          >
            Start archiving
          </Button>
        </>
      }
    >
      {start.error ? (
        <ErrorPanel outcome="Nothing was started." failure={failureOf(start.error)} className="mb-2" />
      ) : null}
      {destinations.error ? <ErrorPanel failure={failureOf(destinations.error)} /> : null}
      {destinations.data === undefined ? (
        <Skeleton className="w-1/2" />
      ) : destinations.data.length === 0 ? (
        <p>
          There is no destination yet.{' '}
          <Link className="link-inline" href="/destinations/new">
            Add a destination
          </Link>{' '}
          first.
        </p>
      ) : (
        <Field
          label="Destination"
          hint={
            before === null
              ? 'It begins with the oldest log that the servers still have.'
              : destinationId === before.id
                ? 'It goes on where it was stopped. What the servers removed since is a gap, and is said as one.'
                : `What lies on ${before.name} stays there; the archive begins anew on the other one.`
          }
        >
          <Select value={destinationId} onChange={(event) => setChosen(event.target.value)}>
            {destinations.data.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      )}
    </DialogContent>
  );
}
