import type { SqlToken } from './sql-tokens.ts';

/** A table as a statement names it, and where. */
export interface NamedTable {
  /** null: the one in use. */
  readonly database: string | null;
  readonly table: string;
  readonly start: number;
  readonly end: number;
}

/** Reads the tokens of a statement from left to right. */
export class TokenCursor {
  readonly tokens: readonly SqlToken[];
  at = 0;

  constructor(tokens: readonly SqlToken[]) {
    this.tokens = tokens;
  }

  get ended(): boolean {
    return this.at >= this.tokens.length;
  }

  /** Where in the text the next token begins; behind the last one when there is none. */
  get place(): number {
    return this.tokens[this.at]?.start ?? this.tokens.at(-1)?.end ?? 0;
  }

  /** Whether these keywords come next; they are not taken. */
  is(...words: readonly string[]): boolean {
    return words.every((word, n) => isWord(this.tokens[this.at + n], word));
  }

  /** Takes these keywords where they come next. */
  take(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.at += words.length;
    return true;
  }

  takeSign(sign: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== 'sign' || token.value !== sign) return false;
    this.at++;
    return true;
  }

  /** The next name; undefined: what comes next is none. */
  name(): SqlToken | undefined {
    const token = this.tokens[this.at];
    if (!token || (token.kind !== 'word' && token.kind !== 'name' && token.kind !== 'either')) return undefined;
    this.at++;
    return token;
  }

  /** The next name of a table, with or without its database. */
  table(): NamedTable | undefined {
    const first = this.name();
    if (!first) return undefined;
    if (!this.takeSign('.')) return { database: null, table: first.value, start: first.start, end: first.end };
    const second = this.name();
    return second && { database: first.value, table: second.value, start: first.start, end: second.end };
  }

  /** Passes over one token, or over all that stands in parentheses. */
  skip(): void {
    if (!this.takeSign('(')) {
      this.at++;
      return;
    }
    while (!this.ended && !this.takeSign(')')) this.skip();
  }
}

export function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value.length === word.length && token.value.toUpperCase() === word;
}
