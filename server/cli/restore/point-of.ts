import type { Outputs } from '../console.ts';

type RestorePlan = Outputs['restore']['plan']['plan'];

/** What a script is told of where a restore stops: the point as it was asked for, and its instant. */
export const pointOf = ({ point, log, backup }: Pick<RestorePlan, 'point' | 'log' | 'backup'>) => ({
  at: log?.at ?? backup.at,
  ...point,
});
