/** The mark: a stake in the tide, which shows how high the water stood. */
export function Mark({ size = 20 }: { size?: number }) {
  const wave = 'c2.2 0 2.2-1.6 4.3-1.6s2.1 1.6 4.2 1.6 2.1-1.6 4.2-1.6 2.1 1.6 4.3 1.6';
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      strokeWidth={1.7}
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={`M1.5 12.5${wave}`} className="stroke-rail-mark" />
      <path d={`M1.5 16.3${wave}`} className="stroke-rail-mark" opacity={0.55} />
      <path d="M10 8.5V2M7 4.6h6" stroke="currentColor" />
    </svg>
  );
}

/** Mark and name, on the rail's ground. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 text-14 font-semibold tracking-[-0.01em] text-rail-ink-on">
      <Mark />
      Tidemark
    </span>
  );
}
