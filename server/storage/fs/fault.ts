import { TidemarkError } from '#server/base/error.ts';

/** What the operating system said, as an error of ours. `path` may be shown: it is where the operator must look. */
export function writeFault(cause: unknown, doing: string): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const errno = errnoOf(cause);
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new TidemarkError('destination/full', `${doing}: no space left`, { context: { errno }, cause });
  }
  const hint = noLinks.has(errno) ? 'The file system has no hard links, which publishing without replacing needs.' : '';
  return new TidemarkError('destination/unwritable', `${doing}: ${errno || String(cause)}`, {
    ...(hint && doing.startsWith('publish') ? { hint } : {}),
    context: { errno },
    cause,
  });
}

export function readFault(cause: unknown, doing: string): TidemarkError {
  if (cause instanceof TidemarkError) return cause;
  const errno = errnoOf(cause);
  if (isAbsence(cause)) return new TidemarkError('destination/object-missing', `${doing}: no such object`, { cause });
  return new TidemarkError('destination/unreadable', `${doing}: ${errno || String(cause)}`, {
    context: { errno },
    cause,
  });
}

/** The name, or one of the folders above it, is not there. */
export const isAbsence = (cause: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(cause));

export const errnoOf = (cause: unknown): string => String((cause as NodeJS.ErrnoException | null)?.code ?? '');

const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
