'use client';
import { Segmented } from '#components/ui/segmented.tsx';
import { useNow } from './use-now.ts';
import { useZone, type ZoneChoice } from './zone-context.tsx';
import { offsetText, zoneCity, zoneFields } from './zone-fields.ts';

/** Times in: server, UTC or mine. Zones and their offsets of this moment stand on the switch. */
export function ZoneSwitch({ className }: { className?: string }) {
  const { choice, setChoice, zones, mounted } = useZone();
  const now = useNow();
  const note = (zone: string) =>
    mounted && now && zoneCity(zone) !== 'UTC'
      ? `${zoneCity(zone)} ${offsetText(zoneFields(now, zone).offsetSeconds)}`
      : undefined;
  return (
    <Segmented<ZoneChoice>
      label="Times in"
      value={choice}
      onChange={setChoice}
      className={className}
      segments={[
        { value: 'server', label: 'Server', note: note(zones.server) },
        { value: 'utc', label: 'UTC' },
        { value: 'mine', label: 'Mine', note: note(zones.mine) },
      ]}
    />
  );
}
