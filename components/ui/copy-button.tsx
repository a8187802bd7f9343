'use client';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button.tsx';

/** Copies `text`; says so for two seconds, on the button and to a reader. `label` names what: "Copy address". */
export function CopyButton({
  text,
  label = 'Copy',
  words = false,
  className,
}: {
  text: string;
  label?: string;
  /** Show the label beside the glyph. */
  words?: boolean;
  className?: string;
}) {
  const [state, setState] = useState<'still' | 'copied' | 'refused'>('still');
  useEffect(() => {
    if (state === 'still') return;
    const timer = setTimeout(() => setState('still'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const said = state === 'copied' ? 'Copied' : state === 'refused' ? 'Not copied: the browser refused' : label;
  return (
    <Button
      variant="quiet"
      size="small"
      icon={!words}
      aria-label={words ? undefined : label}
      title={words ? undefined : said}
      className={className}
      onClick={async () => setState((await copy(text)) ? 'copied' : 'refused')}
    >
      {state === 'copied' ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      {words ? said : null}
      <span aria-live="polite" className="sr-only">
        {state === 'still' || words ? '' : said}
      </span>
    </Button>
  );
}

// The clipboard is refused on plain HTTP away from loopback, where `navigator.clipboard` does not exist.
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
