'use client';
import { createContext, type ReactNode, useContext } from 'react';
import { atLeast, type Role } from '#server/contract/role.ts';

export interface SignedIn {
  id: string | null;
  name: string;
  role: Role;
}

const MeContext = createContext<SignedIn>({ id: null, name: '', role: 'viewer' });

export function MeProvider({ me, children }: { me: SignedIn; children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>;
}

export const useMe = (): SignedIn => useContext(MeContext);

/** Whether to offer what needs a role. The API refuses it all the same. */
export const useMay = (role: Role): boolean => atLeast(useMe().role, role);
