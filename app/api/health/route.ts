import { checkHealth } from '#server/api/health.ts';

/** Whoever asks learns only whether the console is ready. */
export async function GET(): Promise<Response> {
  const health = await checkHealth();
  return Response.json(health, { status: health.ready ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
