'use client';
import { Brand } from '#components/layout/brand.tsx';
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx';

export function AboutRoom({ version }: { version: string }) {
  return (
    <Card aria-label="About">
      <CardHeader title="About" />
      <CardBody className="flex flex-col gap-2">
        <span className="w-fit rounded-2 bg-rail px-3 py-2">
          <Brand />
        </span>
        <p className="font-medium">Version {version}</p>
        <p>Get one table back: table-level backup and restore of database clusters.</p>
        <p className="text-12 text-ink-2">
          Credentials are sealed here and opened only by an executor. Backups lie on their destinations in a layout of
          their own, readable without this console.
        </p>
      </CardBody>
    </Card>
  );
}
