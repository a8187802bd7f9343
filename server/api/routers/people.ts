import { z } from 'zod';
import { createPerson, createPersonInput } from '#server/auth/create-person.ts';
import { listPeople } from '#server/auth/people.ts';
import { removePerson } from '#server/auth/remove-person.ts';
import { changeOwnPassword, resetPassword } from '#server/auth/reset-password.ts';
import { setRole } from '#server/auth/set-role.ts';
import { createToken, listTokens, revokeToken } from '#server/auth/tokens.ts';
import { role } from '#server/contract/role.ts';
import { adminProcedure, newcomerProcedure, router, viewerProcedure } from '../trpc.ts';

const userId = z.string();

export const peopleRouter = router({
  me: newcomerProcedure.query(({ ctx: { caller } }) => ({
    id: caller.actor.id,
    name: caller.actor.name,
    role: caller.actor.role,
    mustChangePassword: caller.mustChangePassword,
  })),
  changeOwnPassword: newcomerProcedure
    .input(z.object({ current: z.string(), next: z.string() }))
    .mutation(({ ctx, input }) => changeOwnPassword(ctx, { ...input, keepSession: ctx.caller.session ?? undefined })),
  list: adminProcedure.query(({ ctx }) => listPeople(ctx)),
  create: adminProcedure.input(createPersonInput).mutation(({ ctx, input }) => createPerson(ctx, input)),
  setRole: adminProcedure.input(z.object({ userId, role })).mutation(({ ctx, input }) => setRole(ctx, input)),
  resetPassword: adminProcedure.input(z.object({ userId })).mutation(({ ctx, input }) => resetPassword(ctx, input)),
  remove: adminProcedure.input(z.object({ userId })).mutation(({ ctx, input }) => removePerson(ctx, input)),
});

export const tokenRouter = router({
  list: viewerProcedure.query(({ ctx }) => listTokens(ctx)),
  create: viewerProcedure
    .input(z.object({ name: z.string().min(1).max(100), role, expiresAt: z.date().nullish() }))
    .mutation(({ ctx, input }) => createToken(ctx, input)),
  revoke: viewerProcedure
    .input(z.object({ tokenId: z.string() }))
    .mutation(({ ctx, input }) => revokeToken(ctx, input)),
});
