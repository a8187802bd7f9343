'use client';
import { X } from 'lucide-react';
import * as Radix from 'radix-ui/dialog';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { cn } from './cn.ts';

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

/** Where dialogs lie: over a scrim, in the middle; at the bottom of a phone. Shared with the confirm dialog. */
export const dialogLook =
  'fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-3 border border-line bg-raised shadow-2 focus:outline-none';
export const scrimLook = 'fixed inset-0 z-30 bg-scrim';

const widths = { small: 'max-w-[420px]', normal: 'max-w-[560px]', wide: 'max-w-[880px]' };

/** Title, an optional sentence, the body (scrolls on its own) and a footer of buttons, the primary last. */
export function DialogContent({
  title,
  description,
  footer,
  width = 'normal',
  children,
  className,
}: {
  title: ReactNode;
  description?: ReactNode;
  footer?: ReactNode;
  width?: keyof typeof widths;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <Radix.Portal>
      <Radix.Overlay className={scrimLook} />
      <Radix.Content
        className={cn(dialogLook, widths[width], className)}
        {...(description === undefined ? { 'aria-describedby': undefined } : {})}
      >
        <div className="flex items-start gap-3 px-4 pt-3.5 pb-3">
          <div className="min-w-0 flex-1">
            <Radix.Title className="text-14">{title}</Radix.Title>
            {description === undefined ? null : (
              <Radix.Description className="mt-0.5 text-12 text-ink-2">{description}</Radix.Description>
            )}
          </div>
          <Radix.Close asChild>
            <Button variant="quiet" size="small" icon aria-label="Close" className="-mt-1 -mr-1.5">
              <X aria-hidden="true" />
            </Button>
          </Radix.Close>
        </div>
        {children === undefined ? null : <div className="min-h-0 overflow-y-auto px-4 pt-0.5 pb-4">{children}</div>}
        {footer === undefined ? null : <DialogFooter>{footer}</DialogFooter>}
      </Radix.Content>
    </Radix.Portal>
  );
}

/** No `footer` element: at the end of the document that would be the page's. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{children}</div>;
}
