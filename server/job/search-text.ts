import type { NewJob } from './new-job.ts';

/** A job over 20,000 tables is found by what it is, not by each of them: a row must stay small. */
const longestText = 8_000;

/** Lower-case words that the filter of the job list looks through. */
export function searchTextOf(job: NewJob, createdBy: string): string {
  const tables = (job.tables ?? []).flatMap(({ source, target }) => [source, target ?? '']);
  const words = [
    job.input.kind,
    job.title,
    job.cluster?.name ?? '',
    job.destination?.name ?? '',
    job.backupId ?? '',
    createdBy,
  ];
  let text = words.filter((word) => word !== '').join(' ');
  for (const name of tables) {
    if (name === '' || text.length + name.length >= longestText) continue;
    text += ` ${name}`;
  }
  return text.toLowerCase();
}
