import { cn } from './cn.ts';
import { CopyButton } from './copy-button.tsx';

/** A command or a document to take along. Scrolls on its own, and by keyboard. */
export function CodeBlock({ code, label, className }: { code: string; label: string; className?: string }) {
  return (
    <div className={cn('relative rounded-2 border border-line bg-sunken', className)}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset belongs to a form */}
      <div
        role="group"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-80 overflow-auto rounded-2 py-2 pr-10 pl-3 -outline-offset-2"
      >
        <pre className="text-12 leading-[1.55] text-ink">
          <code className="text-12">{code}</code>
        </pre>
      </div>
      <CopyButton text={code} label={`Copy ${label}`} className="absolute top-1 right-1 bg-sunken" />
    </div>
  );
}
