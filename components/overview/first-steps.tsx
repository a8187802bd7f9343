import { Check } from 'lucide-react';
import Link from 'next/link';
import { useMay } from '#components/auth/me.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';

/** Before there is anything to answer about: the steps that lead there, the next one as the page's button. */
export function FirstSteps({ clusters, destinations }: { clusters: number; destinations: number }) {
  const mayAdmin = useMay('admin');
  const steps = [
    {
      title: 'Register a cluster',
      note: 'Its nodes are checked and its tables listed; nothing is changed on them.',
      done: clusters > 0,
      href: '/clusters/new',
    },
    {
      title: 'Add a destination',
      note: 'Where backups are kept: a folder on the machine of the executor.',
      done: destinations > 0,
      href: '/destinations/new',
    },
    {
      title: 'Take a first backup',
      note: 'From then on its tables can be brought back.',
      done: false,
      href: '/backups/new',
    },
  ];
  const next = steps.findIndex((step) => !step.done);
  return (
    <Card aria-label="First steps">
      <CardHeader title="Nothing can be brought back yet" note={`step ${next + 1} of ${steps.length}`} />
      <ol>
        {steps.map((step, index) => (
          <li key={step.title} className="flex items-center gap-3 border-b border-line px-3 py-2.5 last:border-b-0">
            <span
              aria-hidden="true"
              className={`grid size-5 shrink-0 place-items-center rounded-full border text-11 font-semibold ${step.done ? 'border-ok text-ok' : index === next ? 'border-accent bg-accent text-accent-ink' : 'border-line-control text-ink-3'}`}
            >
              {step.done ? <Check className="size-3" strokeWidth={3} /> : index + 1}
            </span>
            <div className="min-w-0 flex-1">
              <p className="font-semibold">
                {step.title}
                {step.done ? <span className="sr-only">, done</span> : null}
              </p>
              <p className="text-12 text-ink-2">{step.note}</p>
            </div>
            {index === next && mayAdmin ? (
              <Button asChild variant="primary">
                <Link href={step.href}>{step.title}</Link>
              </Button>
            ) : null}
          </li>
        ))}
      </ol>
      {mayAdmin ? null : (
        <p className="border-t border-line px-3 py-2 text-12 text-ink-2">An admin does the first two.</p>
      )}
    </Card>
  );
}
