'use client';
import { useState } from 'react';
import { shortNames } from '#components/format/table-names.ts';
import { Input } from '#components/ui/input.tsx';
import type { StepProps } from './step-props.ts';

/** A target for each table. What is typed goes to the address when the field is left. */
export function TargetFields({ choice, change }: Pick<StepProps, 'choice' | 'cluster' | 'change'>) {
  const rename = (source: string, target: string) => {
    const { [source]: _, ...others } = choice.targets;
    const text = target.trim();
    change({ targets: text === '' ? others : { ...others, [source]: text } }, { replace: true });
  };
  return (
    <ul>
      {choice.tables.map((source) => (
        <li
          key={source}
          className="grid items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5 last:border-b-0 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]"
        >
          <span className="truncate" title={source}>
            {source}
          </span>
          <span aria-hidden="true" className="text-ink-3 max-sm:hidden">
            →
          </span>
          <TargetInput
            source={source}
            value={choice.targets[source] ?? ''}
            placeholder={automaticName(source, choice.where === 'cluster')}
            onRename={rename}
          />
        </li>
      ))}
    </ul>
  );
}

function TargetInput({
  source,
  value,
  placeholder,
  onRename,
}: {
  source: string;
  value: string;
  placeholder: string;
  onRename: (source: string, target: string) => void;
}) {
  const [text, setText] = useState(value);
  return (
    <Input
      aria-label={`Target of ${source}`}
      value={text}
      placeholder={placeholder}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => (text === value ? undefined : onRename(source, text))}
      onKeyDown={(event) => (event.key === 'Enter' ? onRename(source, text) : undefined)}
    />
  );
}

/** What the plan will call it without a wish; the time is that of the plan, so it is not known yet. */
function automaticName(source: string, elsewhere: boolean): string {
  if (elsewhere) return `${shortNames([source]).get(source)!}, its own name`;
  return `${source.replace(/"$/, '')}_restored_<time>${source.endsWith('"') ? '"' : ''}`;
}
