import type { Keyring } from '#server/config/keyring.ts';
import type { Database } from './client.ts';

const settingKey = 'secret-key-id';

/** Which secret key seals what is in this database; null before anybody said. */
export async function notedKeyId(db: Database): Promise<string | null> {
  const row = await db.setting.findUnique({ where: { key: settingKey } });
  return (row?.value as string | undefined) ?? null;
}

/** From now on this key seals. true = another one did before, and what it sealed does not open any more. */
export async function noteKey(db: Database, keyring: Keyring): Promise<boolean> {
  const before = await notedKeyId(db);
  const value = keyring.keyId;
  await db.setting.upsert({
    where: { key: settingKey },
    create: { key: settingKey, value },
    update: { value, changedAt: new Date() },
  });
  return before !== null && before !== value;
}
