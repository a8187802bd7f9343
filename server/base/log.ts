/**
 * Structured logs: one JSON object a line on stderr. Promises: never a secret (callers pass fields by name; keys that
 * look like one are blanked as a last net), instants in UTC with `Z`, bigint as decimal text.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Record<string, unknown>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  with(fields: LogFields): Logger;
}

const secretKey = /passw|secret|token|credential|authorization|cookie/i;
const weight: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };

export function createLogger(options: {
  level?: LogLevel;
  write?: (line: string) => void;
  fields?: LogFields;
}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const floor = weight[options.level ?? 'info'];
  const base = options.fields ?? {};
  const emit = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (weight[level] < floor) return;
    write(JSON.stringify({ at: new Date().toISOString(), level, message, ...base, ...fields }, replacer));
  };
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    with: (fields) => createLogger({ ...options, fields: { ...base, ...fields } }),
  };
}

function replacer(key: string, value: unknown): unknown {
  if (key && secretKey.test(key)) return '[hidden]';
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) {
    const code = (value as { code?: unknown }).code;
    return { message: value.message, ...(code === undefined ? {} : { code }), cause: value.cause };
  }
  return value;
}

/** Says nothing: for tests of what does not log. */
export const silentLogger: Logger = createLogger({ write: () => {} });
