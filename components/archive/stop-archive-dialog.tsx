'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { failureOf } from '#components/trpc/failure.ts';
import type { Archive } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose, DialogContent } from '#components/ui/dialog.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';

interface Asked {
  archive: Archive;
  onClose: () => void;
}

/** Asks once more: from then on nothing that is committed can be brought back to. */
export function StopArchiveDialog({ open, ...asked }: Asked & { open: boolean }) {
  return (
    <Dialog open={open} onOpenChange={(next) => (next ? undefined : asked.onClose())}>
      {open ? <Content {...asked} /> : null}
    </Dialog>
  );
}

function Content({ archive, onClose }: Asked) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const stop = useMutation(
    trpc.archive.stop.mutationOptions({
      onSuccess: async () => {
        await queries.invalidateQueries(trpc.archive.pathFilter());
        onClose();
      },
    }),
  );
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
