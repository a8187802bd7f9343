'use client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import type { AppRouter } from '#server/api/app-router.ts';

/** Every procedure of the console, as queries and mutations for TanStack Query. */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
