'use client';
import { useMutation } from '@tanstack/react-query';
import { failureOf } from '#components/trpc/failure.ts';
import type { Archive } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { DialogClose, DialogContent } from '#components/ui/dialog.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';

/** Asks once more: from then on nothing that is committed can be brought back to. `onDone` when it is no longer wanted. */
export function StopArchiveDialog({ archive, onDone }: { archive: Archive; onDone: () => Promise<void> }) {
  const trpc = useTRPC();
  const stop = useMutation(trpc.archive.stop.mutationOptions({ onSuccess: onDone }));
  return (
    <DialogContent
      title={`Stop archiving the log of ${archive.cluster.name}?`}
      description="What was archived stays. Started again, it goes on where it was, as long as the servers still have the log from there; what they removed by then cannot be brought back to."
      footer={
        <>
          <DialogClose asChild>
            <Button>Go on archiving</Button>
          </DialogClose>
          <Button variant="danger" busy={stop.isPending} onClick={() => stop.mutate({ clusterId: archive.cluster.id })}>
            Stop archiving
          </Button>
        </>
      }
    >
      {stop.error ? <ErrorPanel outcome="It goes on." failure={failureOf(stop.error)} /> : undefined}
    </DialogContent>
  );
}
