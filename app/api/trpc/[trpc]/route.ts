import { answerTrpc } from '#server/api/answer.ts';
import { services } from '#server/api/services.ts';

const answer = async (request: Request): Promise<Response> => answerTrpc(await services(), request);

export { answer as GET, answer as POST };
