import type { Command } from 'commander';
import { parseDuration, parseSize } from '#server/base/units.ts';
import type { Console } from './console.ts';
import type { ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';
import { usageError } from './usage-error.ts';

/** What every command is given. */
export interface Session {
  readonly env: Record<string, string | undefined>;
  readonly out: Output;
  /** Errors of every call: `auth/required` when there is no token to send, `console/unreachable`. */
  readonly console: Console;
}

/** Adds the commands of one noun. */
export type AddCommands = (program: Command, run: Runner) => void;

/** Wraps what a command does, for commander's `action`: arguments as typed, then options. No answer: done. */
export type Runner = <A extends unknown[]>(
  work: (session: Session, ...args: A) => Promise<ExitCode | undefined>,
) => (...args: A) => Promise<void>;

/** For commander: a whole number in a range. Errors: usage. */
export function wholeNumber(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value;
    throw usageError(`${option} "${text}" is not a whole number from ${min} to ${max}`, 'Correct the number.');
  };
}

/** For commander: `7d` → milliseconds. Errors: usage. */
export const duration =
  (maxMs: number, minMs = 0) =>
  (text: string) =>
    parseDuration(text, { min: minMs, max: maxMs });

/** For commander: `50MiB` → bytes. Errors: usage. */
export const size = (least: number) => (text: string) => parseSize(text, { min: least });
