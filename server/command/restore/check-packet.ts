import { formatSize } from '#server/base/units.ts';
import type { PlanCheck } from '#server/contract/restore.ts';

/** What a row takes in a packet besides itself. */
const slackBytes = 64 * 1024;
/** Smaller packets than this may not carry what a row of an unmeasured backup holds. */
const smallPacket = 16 * 1024 ** 2;
/** Rows up to this were not measured one by one: they may be shorter than said. */
const measuredFrom = 1024 ** 2;

/** Tables of one node with their longest row; null where the backup does not say it. */
export type LongestRows = readonly { table: string; bytes: number | null }[];

/** Whether a node takes every row that is to be loaded into it. */
export function checkPacket(node: string, maxAllowedPacket: number, longest: LongestRows): PlanCheck {
  const of = { id: `packet/${node}`, label: `${node} takes large rows` };
  const bound = `max_allowed_packet is ${formatSize(maxAllowedPacket)}`;
  const fix = 'SET GLOBAL max_allowed_packet = 1073741824;';
  const first = longest
    .filter(({ bytes }) => bytes !== null && bytes + slackBytes > maxAllowedPacket)
    .sort((a, b) => b.bytes! - a.bytes!)[0];
  if (first) {
    const isSure = first.bytes! >= measuredFrom;
    const has = `${first.table} has a row of ${isSure ? '' : 'up to '}${formatSize(first.bytes!)}`;
    return { ...of, state: isSure ? 'bad' : 'warn', detail: `${has}; ${bound}`, fix };
  }
  if (longest.some(({ bytes }) => bytes === null) && maxAllowedPacket < smallPacket) {
    return { ...of, state: 'warn', detail: `${bound}; a longer row cannot be loaded`, fix };
  }
  return { ...of, state: 'ok', detail: '', fix: '' };
}
