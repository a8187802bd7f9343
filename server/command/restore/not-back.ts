import type { Manifest, TableFile } from '#server/manifest/schema.ts';

export interface NotBackInput {
  file: TableFile;
  mode: 'beside' | 'in-place';
  sameCluster: boolean;
  foreignKeys: boolean;
  triggers: boolean;
  /** The backup's own instant, ISO. */
  at: string;
  /** Grants that the target's server would not take, in words. */
  refusedGrants: readonly string[];
  /** Rights on the storage table by name (kind `mysql`): those that were found, null where they could not be read. */
  tableGrants: readonly string[] | null;
  /** The target's servers let this login make no trigger. */
  triggersRefused: boolean;
  /** The schema that is made for it; null where it is there. */
  newSchema: string | null;
  objects: Manifest['objects'];
  /** In place: what the live table has and keeps. */
  live: { foreignKeys: readonly string[]; triggers: readonly string[] };
}

/** What a person will miss after this restore, one thing a sentence, said before the button. */
export function willNotComeBack(input: NotBackInput): string[] {
  const sentences = input.mode === 'in-place' ? inPlace(input) : beside(input);
  return [...new Set([...sentences, ...input.file.left.map((sentence) => `${capital(sentence)}.`)])];
}

function inPlace({ file, at, live }: NotBackInput): string[] {
  const { foreignKeys, triggers } = storageNames(file);
  const sentences = [`Changes made after ${at} will be in the kept copy only.`];
  if (file.computing) {
    sentences.push(
      'Defaults, checks, comments, grants, triggers, rules and policies on the computing node stay as they are now.',
    );
  }
  const lost = [
    ...triggers.filter((name) => !live.triggers.includes(name)).map((name) => `Trigger ${name}`),
    ...foreignKeys.filter((name) => !live.foreignKeys.includes(name)).map((name) => `Foreign key ${name}`),
  ];
  for (const thing of lost) sentences.push(`${thing} is in the backup but not on the live table, and stays away.`);
  if (live.foreignKeys.length > 0) {
    sentences.push('Foreign keys of the live table go over without checking the restored rows against their parents.');
  }
  if (live.triggers.length > 0) {
    sentences.push('Triggers go over right after the swap; a change in the milliseconds between fires none.');
  }
  return sentences;
}

function beside(input: NotBackInput): string[] {
  const { file, foreignKeys, triggers, sameCluster, refusedGrants, objects } = input;
  const names = storageNames(file);
  const sentences: string[] = [];
  for (const name of names.foreignKeys) {
    if (!foreignKeys)
      sentences.push(`Foreign key ${name} is left out: foreign keys are switched off for this restore.`);
    else sentences.push(`Foreign key ${name} gets a new name, and is left out where its parent table is not there.`);
  }
  for (const name of names.triggers) {
    if (!triggers) sentences.push(`Trigger ${name} is left out: triggers are switched off for this restore.`);
    else if (input.triggersRefused) {
      sentences.push(`Trigger ${name} is left out: it takes SUPER, or log_bin_trust_function_creators on the node.`);
    } else sentences.push(`Trigger ${name} gets a new name.`);
  }
  const { computing } = file;
  if (computing) {
    for (const { name } of computing.triggers) sentences.push(`Trigger ${name} of the computing node is left out.`);
    for (const { name } of computing.rules) sentences.push(`Rule ${name} is left out.`);
    for (const { name } of computing.policies) sentences.push(`Row policy ${name} is left out.`);
    for (const view of computing.dependentViews) {
      sentences.push(
        sameCluster ? `View ${view} keeps reading the live table.` : `View ${view} is not made on the target.`,
      );
    }
    if (input.newSchema !== null) {
      sentences.push(`Schema ${input.newSchema} is made new; rights on a schema are not copied.`);
    }
    for (const grant of refusedGrants) sentences.push(`The target does not take: ${grant}.`);
    if (!sameCluster) sentences.push('User mappings are never copied; who reads on the target needs one there.');
  } else {
    if (input.tableGrants === null) {
      sentences.push('Rights that name the table or its columns are not read and not copied: grant them on the copy.');
    }
    for (const grant of input.tableGrants ?? []) sentences.push(`Right ${grant} is not copied.`);
    const drawn = file.fragments.flatMap(({ sequences = [] }) => sequences);
    for (const { database, name, next } of drawn) {
      sentences.push(
        `Sequence ${database}.${name} gives defaults: one that is there stays as it is, else it is made and goes on at ${next}.`,
      );
    }
    const databases = new Set(file.fragments.map((fragment) => fragment.database));
    const isDrawn = (object: Manifest['objects'][number]) =>
      drawn.some(({ database, name }) => database === object.database && name === object.name);
    for (const object of objects.filter((one) => databases.has(one.database) && !isDrawn(one))) {
      sentences.push(
        `${capital(object.kind)} ${object.database}.${object.name} is in the backup but goes with no table.`,
      );
    }
  }
  return sentences;
}

/** Names on the storage side; pieces of one table mostly have the same. */
function storageNames(file: TableFile): { foreignKeys: string[]; triggers: string[] } {
  const unique = (names: string[]) => [...new Set(names)];
  return {
    foreignKeys: unique(file.fragments.flatMap((fragment) => fragment.foreignKeys.map((key) => key.name))),
    triggers: unique(file.fragments.flatMap((fragment) => fragment.triggers.map((trigger) => trigger.name))),
  };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
