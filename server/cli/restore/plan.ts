import type { Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { badChecks, leftOutOf, makePlan, type RestoreOptions } from './make-plan.ts';
import { planText } from './plan-text.ts';

/** Prints the plan whole, whatever its checks say; exit code 1 when it cannot run, 3 when not for every table. */
export async function showRestorePlan(session: Session, name: string, options: RestoreOptions) {
  const { planJobId, plan } = await makePlan(session, name, options);
  session.out.result({ planJobId, plan }, () => planText(plan));
  const leftOut = leftOutOf(plan).length;
  if (badChecks(plan).length > 0 || leftOut === plan.tables.length) return exitCodes.failed;
  return leftOut > 0 ? exitCodes.partly : exitCodes.done;
}
