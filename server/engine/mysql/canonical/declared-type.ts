import { TidemarkError } from '#server/base/error.ts';

/** A column's type as the catalog spells it, taken apart. */
export interface DeclaredType {
  /** Lower case: `int`, `decimal`, `enum`. */
  readonly name: string;
  /** In the order given: width; precision and scale; fractional digits. */
  readonly numbers: readonly number[];
  /** Of ENUM and SET, in their order. */
  readonly members: readonly string[];
  /** Lower-case words after it, and comments: `unsigned`, `zerofill`, `compressed`, `mariadb-5.3`. */
  readonly attributes: ReadonlySet<string>;
}

/**
 * Parses COLUMN_TYPE as it is read without NO_BACKSLASH_ESCAPES. Errors: `table/unsupported` for a text that is not
 * spelled as servers spell types.
 */
export function parseDeclaredType(text: string): DeclaredType {
  const scanner = new Scanner(text);
  const name = scanner.word();
  if (!name) throw scanner.unexpected();
  const numbers: number[] = [];
  const members: string[] = [];
  if (scanner.take('(')) {
    do {
      if (scanner.sees("'")) members.push(scanner.quoted());
      else numbers.push(scanner.number());
    } while (scanner.take(','));
    if (!scanner.take(')')) throw scanner.unexpected();
  }
  const attributes = new Set<string>();
  for (let found = scanner.attribute(); found; found = scanner.attribute()) attributes.add(found);
  return { name, numbers, members, attributes };
}

/** The characters a server writes with a backslash; a quote is written twice. */
const escapes: Record<string, string> = { '0': '\0', n: '\n', r: '\r', Z: '\x1a', '\\': '\\', "'": "'", '"': '"' };

class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  sees(character: string): boolean {
    while (this.text[this.at] === ' ') this.at++;
    return this.text[this.at] === character;
  }

  take(character: string): boolean {
    if (!this.sees(character)) return false;
    this.at++;
    return true;
  }

  /** '' when there is none. */
  word(): string {
    this.sees('');
    const start = this.at;
    while (isWord(this.text[this.at])) this.at++;
    return this.text.slice(start, this.at).toLowerCase();
  }

  number(): number {
    const digits = this.word();
    const value = Number(digits);
    if (digits === '' || !Number.isInteger(value)) throw this.unexpected();
    return value;
  }

  quoted(): string {
    let value = '';
    this.take("'");
    for (;;) {
      const character = this.text[this.at++];
      if (character === undefined) throw this.unexpected();
      if (character === "'") {
        if (this.text[this.at] !== "'") return value;
        this.at++;
        value += "'";
      } else if (character === '\\') {
        const escaped = escapes[this.text[this.at++] ?? ''];
        if (escaped === undefined) throw this.unexpected();
        value += escaped;
      } else value += character;
    }
  }

  /** The next word or comment; '' at the end. A comment for servers of a version is what it says inside. */
  attribute(): string {
    if (!this.sees('/')) {
      const word = this.word();
      if (word === '' && this.at < this.text.length) throw this.unexpected();
      return word;
    }
    const end = this.text.indexOf('*/', this.at);
    if (this.text[this.at + 1] !== '*' || end < 0) throw this.unexpected();
    const inside = this.text.slice(this.at + 2, end);
    this.at = end + 2;
    return withoutVersion(inside).trim().toLowerCase();
  }

  unexpected(): TidemarkError {
    return new TidemarkError('table/unsupported', `the column type ${this.text} is not understood at ${this.at + 1}`, {
      context: { declared: this.text, at: this.at + 1 },
    });
  }
}

function isWord(character: string | undefined): boolean {
  if (character === undefined) return false;
  const code = character.charCodeAt(0);
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || character === '_';
}

/** `!50110 …` and `M!100301 …` lose their mark. */
function withoutVersion(comment: string): string {
  const mark = comment.indexOf('!');
  if (mark !== 0 && !(mark === 1 && comment[0] === 'M')) return comment;
  let at = mark + 1;
  while (at < comment.length && comment.charCodeAt(at) >= 48 && comment.charCodeAt(at) <= 57) at++;
  return comment.slice(at);
}
