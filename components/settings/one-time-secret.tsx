import { CopyButton } from '#components/ui/copy-button.tsx';

/** A password or token that is in this answer and nowhere else: shown until the page is left. */
export function OneTimeSecret({ words, secret, label }: { words: string; secret: string; label: string }) {
  return (
    <div role="status" className="m-3 rounded-2 border border-accent-line bg-accent-soft px-3 py-2.5">
      <p>{words}</p>
      <p className="mt-1 flex items-center gap-2">
        <code className="text-13 break-all select-all">{secret}</code>
        <CopyButton text={secret} label={label} />
      </p>
    </div>
  );
}
