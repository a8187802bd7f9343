import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '#lab/node.ts';

/** What the stories know of the stage they play on. */
export interface Stage {
  /** A temp folder of ours; what a story makes lies in it. */
  readonly folder: string;
  readonly url: string;
  readonly dataFolder: string;
  readonly launcherPid: number;
  /** The first admin's one-time password. */
  readonly password: string;
  readonly nodes: readonly LabNode[];
}

const variable = 'TIDEMARK_E2E_STAGE';

/** The process that runs the stories inherits our environment, not our memory. */
export function writeStage(stage: Stage): void {
  const file = join(stage.folder, 'stage.json');
  writeFileSync(file, JSON.stringify(stage), { mode: 0o600 });
  process.env[variable] = file;
}

export function readStage(): Stage {
  const file = process.env[variable];
  if (file === undefined) throw new Error('the stories run with: npx playwright test');
  return JSON.parse(readFileSync(file, 'utf8')) as Stage;
}
