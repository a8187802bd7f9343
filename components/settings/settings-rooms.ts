import { atLeast, type Role } from '#server/contract/role.ts';

/** The rooms of Settings, and who may enter them. */
export const settingsRooms = [
  { key: 'account', name: 'Your account', role: 'viewer' },
  { key: 'people', name: 'People', role: 'admin' },
  { key: 'tokens', name: 'Tokens', role: 'viewer' },
  { key: 'executors', name: 'Executors', role: 'viewer' },
  { key: 'audit', name: 'Audit', role: 'admin' },
  { key: 'about', name: 'About', role: 'viewer' },
] as const satisfies readonly { key: string; name: string; role: Role }[];

export type SettingsRoom = (typeof settingsRooms)[number]['key'];

export const isSettingsRoom = (key: string): key is SettingsRoom => settingsRooms.some((room) => room.key === key);

export const roomsFor = (role: Role) => settingsRooms.filter((room) => atLeast(role, room.role));
