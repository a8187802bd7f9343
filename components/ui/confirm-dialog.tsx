'use client';
import * as Radix from 'radix-ui/alert-dialog';
import { type ReactNode, useId, useState } from 'react';
import { Button } from './button.tsx';
import { cn } from './cn.ts';
import { DialogFooter, dialogLook, scrimLook } from './dialog.tsx';
import { Input } from './input.tsx';

/**
 * Asks before something that cannot be undone: the name of what goes away is typed, letter for letter, before the
 * button answers. `children` say what happens to the data; `failure` is what went wrong the last time it was pressed.
 */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  name,
  action,
  onConfirm,
  busy = false,
  failure,
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** What is typed. */
  name: string;
  /** The verb on the button: "Remove cluster". */
  action: string;
  onConfirm: () => void;
  busy?: boolean;
  failure?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => (busy ? undefined : onOpenChange(next))}>
      <Radix.Portal>
        <Radix.Overlay className={scrimLook} />
        <Radix.Content className={cn(dialogLook, 'max-w-[460px]')}>
          <Question name={name} action={action} onConfirm={onConfirm} busy={busy} title={title} failure={failure}>
            {children}
          </Question>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

// Mounted anew on each opening, so nothing typed for an earlier question is left.
function Question({
  title,
  name,
  action,
  onConfirm,
  busy,
  failure,
  children,
}: {
  title: ReactNode;
  name: string;
  action: string;
  onConfirm: () => void;
  busy: boolean;
  failure?: ReactNode;
  children: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  const field = useId();
  const same = typed.trim() === name;
  return (
    <form
      className="flex min-h-0 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        if (same && !busy) onConfirm();
      }}
    >
      <div className="min-h-0 overflow-y-auto px-4 pt-3.5 pb-4">
        <Radix.Title className="text-14">{title}</Radix.Title>
        <Radix.Description asChild>
          <div className="mt-1 text-ink-2">{children}</div>
        </Radix.Description>
        <label htmlFor={field} className="mt-3 mb-1 block text-12 text-ink-3">
          Type <b className="font-semibold break-all text-ink">{name}</b> to confirm
        </label>
        <Input
          id={field}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        {failure === undefined || failure === null ? null : (
          <div role="alert" className="mt-2 text-12 text-bad">
            {failure}
          </div>
        )}
      </div>
      <DialogFooter>
        <Radix.Cancel asChild>
          <Button>Keep it</Button>
        </Radix.Cancel>
        <Button type="submit" variant="danger" disabled={!same} busy={busy}>
          {action}
        </Button>
      </DialogFooter>
    </form>
  );
}
