/** What the overview's cards ask for, the same on the server and in the browser. */
export const failedJobs = { states: ['failed' as const, 'partly' as const], limit: 4 };
export const openJobs = { states: ['running' as const, 'cancelling' as const, 'queued' as const], limit: 5 };
export const recentBackups = { limit: 5 };
