/** The first stop of the keyboard: past the rail, to the page. */
export function SkipLink({ to = 'main' }: { to?: string }) {
  return (
    <a
      href={`#${to}`}
      className="absolute -top-16 left-2 z-50 rounded-2 bg-surface px-3 py-2 text-accent shadow-2 focus:top-2"
    >
      Skip to content
    </a>
  );
}
