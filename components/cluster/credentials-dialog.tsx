'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Instant } from '#components/format/instant.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import type { ClusterDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose, DialogContent } from '#components/ui/dialog.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { toast } from '#components/ui/toast.tsx';
import { changedCredentialsInput } from '#server/contract/cluster.ts';
import { type CredentialFields, credentialsOf, emptyCredentials, hasStorageCredentials } from './cluster-fields.ts';
import { CredentialSection } from './credential-fields.tsx';

type Purpose = 'main' | 'storage';

/** New credentials without registering anew; the stored ones are never shown, so all of them are typed. */
export function CredentialsDialog(props: {
  cluster: ClusterDetail;
  open: boolean;
  onClose: () => void;
  /** The new credentials count: time to look with them. */
  onSaved: () => void;
}) {
  return (
    <Dialog open={props.open} onOpenChange={(open) => (open ? undefined : props.onClose())}>
      {props.open ? <Content {...props} /> : null}
    </Dialog>
  );
}

function Content({ cluster, onClose, onSaved }: { cluster: ClusterDetail; onClose: () => void; onSaved: () => void }) {
  const trpc = useTRPC();
  const [purpose, setPurpose] = useState<Purpose>('main');
  const [fields, setFields] = useState<CredentialFields>(() => asStored(cluster, 'main'));
  const [wrong, setWrong] = useState<{ field: string; message: string } | null>(null);
  const stored = cluster.credentials.find((credential) => credential.purpose === purpose);
  const save = useMutation(
    trpc.cluster.changeCredentials.mutationOptions({
      onSuccess: () => {
        toast(`The credentials of ${cluster.name} were changed`);
        onSaved();
        onClose();
      },
    }),
  );
  const submit = () => {
    const given = credentialsOf(fields);
    const keepsTls = stored?.tlsMode === given.tls.mode && Object.values(given.tls).filter(Boolean).length === 1;
    const found = changedCredentialsInput.safeParse(keepsTls ? { ...given, tls: undefined } : given);
    const [issue] = found.error?.issues ?? [];
    setWrong(issue ? { field: `credentials.${issue.path.join('.')}`, message: issue.message } : null);
    if (!found.data) return;
    const key = purpose === 'main' ? 'credentials' : 'storageCredentials';
    save.mutate({ clusterId: cluster.id, [key]: found.data });
  };
  return (
    <DialogContent
      title={`Credentials of ${cluster.name}`}
      description={
        stored ? (
          <>
            User {stored.user}, changed <Instant at={stored.changedAt} />. What is left empty stays as it is.
          </>
        ) : (
          'None are stored yet.'
        )
      }
      width="wide"
      footer={
        <>
          <DialogClose asChild>
            <Button>Keep the present ones</Button>
          </DialogClose>
          <Button variant="primary" onClick={submit} busy={save.isPending}>
            Change credentials
          </Button>
        </>
      }
    >
      {hasStorageCredentials(cluster.kind) ? (
        <Segmented<Purpose>
          label="Which credentials"
          value={purpose}
          onChange={(next) => {
            setPurpose(next);
            setFields(asStored(cluster, next));
          }}
          segments={[
            { value: 'main', label: 'Computing node' },
            { value: 'storage', label: 'Storage nodes' },
          ]}
        />
      ) : null}
      {save.error ? (
        <ErrorPanel outcome="Nothing was changed." failure={failureOf(save.error)} className="mt-2" />
      ) : null}
      <div className="-mx-3">
        <CredentialSection
          title={purpose === 'main' ? 'Credentials' : 'Storage credentials'}
          note="used from the next connection on"
          path="credentials"
          value={fields}
          onChange={setFields}
          errorOf={(field) => (wrong?.field === field ? wrong.message : undefined)}
        />
      </div>
    </DialogContent>
  );
}

function asStored(cluster: ClusterDetail, purpose: Purpose): CredentialFields {
  const stored = cluster.credentials.find((credential) => credential.purpose === purpose);
  const tlsMode = (stored?.tlsMode ?? 'disable') as CredentialFields['tlsMode'];
  return { ...emptyCredentials, user: stored?.user ?? '', tlsMode };
}
