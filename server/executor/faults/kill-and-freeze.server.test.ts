import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultLab, startFaultLab } from './fault-lab-fixture.ts';
import { Doomed } from './run-doomed-fixture.ts';
import {
  account,
  backupScenario,
  bankInPlace,
  besideScenario,
  card,
  inPlaceScenario,
  odd,
  type Scenario,
  shopInPlace,
} from './scenario-fixture.ts';
import type { Fault } from './steps-fixture.ts';

let lab: FaultLab;
let base: { bank: string; shop: string };
/** Started ahead, because a process takes its time to come up. */
let next: Doomed;

beforeAll(async () => {
  lab = await startFaultLab(['bank', 'shop'], 300);
  await lab.sql(
    'bank-shard_2',
    `SET GLOBAL log_bin_trust_function_creators = 1;
     CREATE TRIGGER \`postgres_$$_public\`.card_up BEFORE INSERT ON \`postgres_$$_public\`.card FOR EACH ROW SET NEW.number = upper(NEW.number)`,
  );
  base = { bank: await baseBackup('bank', [account, card, odd]), shop: await baseBackup('shop', shopInPlace.tables) };
  next = new Doomed(lab.database.url, join(lab.folder, 'compiled'));
});
afterAll(async () => {
  next?.kill();
  await lab?.stop();
});

async function baseBackup(cluster: 'bank' | 'shop', tables: string[]): Promise<string> {
  const { jobId, backupId } = await lab.startBackup(cluster, tables, { destinationId: lab.destinations.base });
  const { state, error } = await lab.ended(jobId);
  expect([state, error]).toEqual(['succeeded', null]);
  return backupId;
}

/** One that is gone is replaced ahead of its time; one that was only stopped goes on. */
function order(fault: Fault | null): Doomed {
  const doomed = next;
  doomed.begin(fault, lab.node('bank-computing').host);
  if (fault?.kind === 'kill') next = new Doomed(lab.database.url, join(lab.folder, 'compiled'));
  return doomed;
}

/** Every step of a run that nothing happens to, with how often it comes. */
async function stepsOf(scenario: Scenario): Promise<Record<string, number>> {
  lab.heirWorks = false;
  const { jobId } = await scenario.begin();
  try {
    const steps = await order(null).over();
    await scenario.check(await lab.ended(jobId));
    return steps;
  } finally {
    await scenario.clear();
  }
}

/**
 * One run with one fault, and all that must hold after it. Answers how often the step came when that was less often than
 * the fault waited for: connections share the work as each is free, so one run links three segments and the next four.
 */
async function strike(scenario: Scenario, fault: Fault): Promise<'struck' | number> {
  lab.heirWorks = false;
  const { jobId } = await scenario.begin();
  const doomed = order(fault);
  let settled = false;
  try {
    const said = await doomed.says(`at ${fault.step}`, 'over ');
    if (said.startsWith('over '))
      return (JSON.parse(said.slice('over '.length)) as Record<string, number>)[fault.step] ?? 0;
    await (fault.kind === 'kill' ? doomed.gone() : doomed.asleep());
    await lab.database.db.$executeRaw`UPDATE job SET lease_expires_at = now() WHERE id = ${jobId}`;
    lab.heirWorks = true;
    const ended = await lab.ended(jobId, 40_000);
    await scenario.check(ended);
    if (fault.kind === 'freeze') {
      const told = await lab.lastEvents(jobId);
      doomed.wake();
      await doomed.over();
      settled = true;
      await scenario.check(await lab.job(jobId));
      expect(await lab.job(jobId)).toEqual(ended);
      expect(await lab.lastEvents(jobId)).toEqual(told);
    }
    return 'struck';
  } finally {
    if (!settled) {
      doomed.kill();
      await doomed.gone();
      if (next === doomed) next = new Doomed(lab.database.url, join(lab.folder, 'compiled'));
      // Whatever went wrong must not go wrong again in the next case.
      lab.heirWorks = true;
      await lab.database.db.$executeRaw`UPDATE job SET lease_expires_at = now() WHERE state = 'running'`;
      await lab.ended(jobId, 40_000).catch(() => {});
    }
    await scenario.clear();
  }
}

interface Case {
  scenario: () => Scenario;
  /** Between these lie the truths of before and after: what is begun, written down, shown, and ended. */
  decisive: string[];
}

const cases: Record<string, Case> = {
  'a backup': {
    scenario: () => backupScenario(lab),
    decisive: [
      'intent linked',
      'BACKUP STAGE BLOCK_COMMIT sent',
      'report rows running',
      'segment linked',
      'manifest linked',
      'manifest there',
      'end begun',
    ],
  },
  'a restore beside the live table': {
    scenario: () => besideScenario(lab, base.bank),
    decisive: [
      'computing CREATE TABLE',
      'CREATE DATABASE',
      'rows',
      'note publishing saved',
      'RENAME TABLE',
      'computing COMMIT sent',
      'note published',
      'end written',
    ],
  },
  'a restore in place over two nodes': {
    scenario: () => inPlaceScenario(lab, base.bank, bankInPlace),
    decisive: ['CREATE DATABASE', 'note publishing', 'RENAME TABLE sent', 'CREATE TRIGGER', 'note published saved'],
  },
  'a restore in place on one server': {
    scenario: () => inPlaceScenario(lab, base.shop, shopInPlace),
    decisive: ['RENAME TABLE', 'DROP DATABASE sent', 'end begun'],
  },
};

/** Every step of every scenario takes an hour; the decisive ones some minutes. */
const everyStep = process.env.TIDEMARK_EVERY_STEP === '1';

for (const [name, { scenario: make, decisive }] of Object.entries(cases)) {
  describe(name, () => {
    for (const kind of ['kill', 'freeze'] as const) {
      const what = kind === 'kill' ? 'killed' : 'stopped and woken';
      test(`whose executor is ${what} at any step is finished by another`, { timeout: 3_600_000 }, async () => {
        const scenario = make();
        const steps = await stepsOf(scenario);
        expect(Object.keys(steps)).toEqual(expect.arrayContaining(decisive));
        const failed: string[] = [];
        for (const fault of faultsOf(kind, steps, everyStep ? Object.keys(steps) : decisive)) {
          try {
            let times = await strike(scenario, fault);
            // The last time that step comes, however often that is today.
            if (typeof times === 'number' && times > 0) times = await strike(scenario, { ...fault, occurrence: times });
            expect(times).toBe('struck');
          } catch (error) {
            const said = error instanceof Error ? error.message : String(error);
            failed.push(`${kind} at ${fault.step} (${fault.occurrence} of ${steps[fault.step]}): ${said}`);
          }
        }
        expect(failed).toEqual([]);
      });
    }
  });
}

/** The first and the last time that a step is taken. */
function faultsOf(kind: Fault['kind'], steps: Record<string, number>, chosen: readonly string[]): Fault[] {
  return chosen.flatMap((step) => [...new Set([1, steps[step]!])].map((occurrence) => ({ kind, step, occurrence })));
}
