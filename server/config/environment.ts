import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { TidemarkError } from '#server/base/error.ts';
import type { LogLevel } from '#server/base/log.ts';

/** The environment, read and checked once at start. Everything else takes values of this, never `process.env`. */
export interface Config {
  /** Embedded database, secrets, scratch; absolute. */
  dataFolder: string;
  port: number;
  host: string;
  /** null = the embedded PostgreSQL in `dataFolder`. */
  databaseUrl: string | null;
  /** 32 bytes as text; null = generated into `dataFolder`. */
  secretKey: string | null;
  executorName: string;
  /** Where scratch servers and spools live; absolute. */
  scratchFolder: string;
  logLevel: LogLevel;
  /** false: the launcher starts the database and an executor, and no console. */
  withConsole: boolean;
}

interface Variable {
  readonly schema: z.ZodType<unknown, string | undefined>;
  readonly example: string;
}

/** One row a variable: how it is read, and what a good value looks like (said when it is bad). */
const variables = {
  TIDEMARK_DATA: { schema: z.string().min(1).default('./data'), example: '/var/lib/tidemark' },
  PORT: {
    schema: z
      .string()
      .default('3000')
      .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'is not a port from 0 to 65535')
      .transform(Number),
    example: '3000',
  },
  HOST: {
    schema: z
      .string()
      .default('127.0.0.1')
      .refine((text) => /^[A-Za-z0-9.:_-]+$/.test(text), 'is not an address or a host name'),
    example: '127.0.0.1',
  },
  DATABASE_URL: {
    schema: z.string().refine(isPostgresUrl, 'is not the URL of a PostgreSQL database').optional(),
    example: 'postgresql://tidemark:password@db.example:5432/tidemark',
  },
  TIDEMARK_SECRET_KEY: {
    schema: z
      .string()
      .refine((text) => Buffer.from(text, 'base64url').length >= 32, 'is shorter than 32 bytes of base64')
      .optional(),
    example: 'the output of: openssl rand -base64 32',
  },
  TIDEMARK_EXECUTOR_NAME: {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'is not a name of 1 to 63 letters, digits, ".", "_" or "-"')
      .optional(),
    example: 'executor-1',
  },
  TIDEMARK_SCRATCH: { schema: z.string().min(1).optional(), example: '/var/lib/tidemark/scratch' },
  TIDEMARK_LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error'], 'is none of debug, info, warn, error').default('info'),
    example: 'info',
  },
  TIDEMARK_CONSOLE: {
    schema: z
      .enum(['on', 'off'], 'is neither on nor off')
      .default('on')
      .transform((text) => text === 'on'),
    example: 'on',
  },
} as const satisfies Record<string, Variable>;

/** Errors: `config/invalid` naming the variable, the value's problem and an example; a secret's value is never said. */
export function readEnvironment(env: Record<string, string | undefined>): Config {
  const dataFolder = resolve(read(env, 'TIDEMARK_DATA'));
  return {
    dataFolder,
    port: read(env, 'PORT'),
    host: read(env, 'HOST'),
    databaseUrl: read(env, 'DATABASE_URL') ?? null,
    secretKey: read(env, 'TIDEMARK_SECRET_KEY') ?? null,
    executorName: read(env, 'TIDEMARK_EXECUTOR_NAME') ?? machineName(),
    scratchFolder: resolve(read(env, 'TIDEMARK_SCRATCH') ?? join(dataFolder, 'scratch')),
    logLevel: read(env, 'TIDEMARK_LOG_LEVEL'),
    withConsole: read(env, 'TIDEMARK_CONSOLE'),
  };
}

type Name = keyof typeof variables;

function read<N extends Name>(
  env: Record<string, string | undefined>,
  name: N,
): z.output<(typeof variables)[N]['schema']> {
  // An empty value is what a shell leaves of an unset one.
  const given = env[name] === '' ? undefined : env[name];
  const result = variables[name].schema.safeParse(given);
  if (result.success) return result.data as z.output<(typeof variables)[N]['schema']>;
  throw new TidemarkError('config/invalid', `${name} ${result.error.issues[0]?.message ?? 'has a bad value'}`, {
    hint: `Set it to something like: ${variables[name].example}`,
    context: { variable: name },
  });
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

/** The machine's own name, made fit for a name of ours. */
function machineName(): string {
  return (
    hostname()
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 63) || 'executor'
  );
}
