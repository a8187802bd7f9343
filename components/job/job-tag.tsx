import { Tag } from '#components/ui/tag.tsx';
import type { JobState } from '#server/contract/job.ts';
import { stateWords } from './job-words.ts';

export function JobTag({ state }: { state: JobState }) {
  const { word, state: shown } = stateWords[state];
  return <Tag state={shown}>{word}</Tag>;
}
