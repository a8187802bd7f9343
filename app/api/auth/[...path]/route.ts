import { services } from '#server/api/services.ts';
import { handleAuth } from '#server/auth/auth.ts';

const answer = async (request: Request): Promise<Response> => handleAuth((await services()).auth, request);

export { answer as GET, answer as POST };
