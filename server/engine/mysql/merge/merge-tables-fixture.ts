import { valueForms } from '../canonical/value-forms-fixture.ts';

/** For tests: tables of every type on a real server, and statements that change their rows at random. */

/** Every type but those that only old servers make. */
const types = valueForms.map(({ declared }) => declared).filter((declared) => !declared.includes('mariadb-5.3'));

const text = (most: number) => `REPEAT(CHAR(97 + FLOOR(RAND() * 26)), FLOOR(RAND() * ${most}))`;

/** A value of the type, another for each row; where it does not fit, the server makes it fit. */
function valueSql(declared: string): string {
  const name = /^\w+/.exec(declared)![0];
  const [first = 0, second = 0] = [...declared.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  switch (name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
      return 'FLOOR(RAND() * 300) - 100';
    case 'bigint':
      return 'FLOOR((RAND() - 0.3) * 1e17)';
    case 'float':
    case 'double':
      return '(RAND() - 0.3) * 1e6';
    case 'decimal':
      return `(RAND() - 0.4) * POW(10, ${first - second})`;
    case 'year':
      return '1901 + FLOOR(RAND() * 254)';
    case 'date':
    case 'datetime':
    case 'timestamp':
      return 'FROM_UNIXTIME(1 + RAND() * 2e9)';
    case 'time':
      return 'SEC_TO_TIME((RAND() - 0.5) * 6e6)';
    case 'bit':
      return `FLOOR(RAND() * POW(2, ${Math.min(first, 60)}))`;
    case 'enum':
      return '1 + FLOOR(RAND() * 5)';
    case 'set':
      return 'FLOOR(RAND() * 8)';
    case 'inet4':
      return "CONCAT_WS('.', FLOOR(RAND() * 256), 0, FLOOR(RAND() * 256), 0)";
    case 'inet6':
      return "CONCAT('2001:db8::', HEX(FLOOR(RAND() * 65536)))";
    case 'uuid':
      return 'MD5(RAND())';
    case 'geometry':
      return 'POINT(RAND(), RAND())';
    case 'binary':
      return "UNHEX(LPAD(HEX(FLOOR(RAND() * 65536) * 256), 12, '0'))";
    default:
      return text(/blob|text/.test(name) ? 250 : Math.min(first || 20, 2000));
  }
}

/** A key made of the column `n`, which is another for every row. */
export interface KeyShape {
  readonly columns: string;
  readonly key: string;
  /** Column by column, out of `n`. */
  readonly values: readonly [column: string, sql: string][];
}

export const keyShapes: Record<string, KeyShape> = {
  integer: { columns: 'k INT', key: 'PRIMARY KEY (k)', values: [['k', 'n']] },
  text: {
    columns: 'k VARCHAR(20) COLLATE utf8mb4_general_ci',
    key: 'PRIMARY KEY (k)',
    values: [['k', "CONCAT('Key ', n)"]],
  },
  'two columns, not in their order': {
    columns: 'k DECIMAL(12,4), j DATE',
    key: 'PRIMARY KEY (j, k)',
    values: [
      ['k', 'n / 7'],
      ['j', "'2020-01-01' + INTERVAL n % 5 DAY"],
    ],
  },
  uuid: {
    columns: 'k UUID',
    key: 'PRIMARY KEY (k)',
    values: [['k', "CONCAT('00000000-0000-1000-8000-', LPAD(HEX(n + 1), 12, '0'))"]],
  },
  'bytes with zeros at their end': {
    columns: 'k BINARY(6)',
    key: 'PRIMARY KEY (k)',
    values: [['k', "UNHEX(LPAD(HEX(n * 256), 12, '0'))"]],
  },
  'a unique key, at the table’s end': {
    columns: 'k DATETIME(6) NOT NULL',
    key: 'UNIQUE KEY (k)',
    values: [['k', "'2020-01-01' + INTERVAL n MICROSECOND"]],
  },
  'the beginning of a text': {
    columns: 'k TEXT',
    key: 'PRIMARY KEY (k(12))',
    values: [['k', "CONCAT('k', n, ' and more')"]],
  },
};

export class ServerTable {
  readonly name: string;
  private readonly shape: KeyShape | null;
  private readonly versioned: boolean;
  private readonly computed: boolean;

  constructor(name: string, shape: KeyShape | null, options: { versioned?: boolean; computed?: boolean } = {}) {
    this.name = name;
    this.shape = shape;
    this.versioned = options.versioned ?? false;
    this.computed = options.computed ?? true;
  }

  create(): string {
    // Members that other collations take for one could not be loaded apart.
    const typed = types.map((declared) => declared.replace(/^(enum|set).*/, '$& COLLATE utf8mb4_bin'));
    const plain = typed.map((declared, n) => `c${n} ${declared} DEFAULT ${n % 3 === 0 ? defaultOf(declared) : 'NULL'}`);
    const computed = this.computed ? ['g BIGINT AS (n * 2) STORED', 'w VARCHAR(30) AS (CONCAT(n, "!")) VIRTUAL'] : [];
    const { columns, key } = this.shape ?? { columns: '', key: '' };
    const lastKey = key.startsWith('UNIQUE');
    const parts = [lastKey ? '' : columns, 'n INT NOT NULL', ...computed, ...plain, lastKey ? columns : '', key];
    const tail = this.versioned ? ' WITH SYSTEM VERSIONING' : '';
    return `CREATE TABLE ${this.name} (${parts.filter(Boolean).join(', ')})${tail};`;
  }

  /** Rows with `n` from `first` to `last`. */
  insert(first: number, last: number, verb = 'INSERT', tail = ''): string {
    const names = types.map((_, n) => `c${n}`);
    const values = types.map((declared) => `IF(RAND() < 0.15, NULL, ${valueSql(declared)})`);
    const keys = this.shape?.values ?? [];
    const all = ['n', ...keys.map(([column]) => column), ...names];
    const sql = ['n', ...keys.map(([, value]) => value), ...values];
    const from = `(SELECT seq AS n FROM seq_${first}_to_${last}) AS numbers`;
    return `${verb} INTO ${this.name} (${all}) SELECT ${sql} FROM ${from} ${tail};`;
  }

  /** `dice` chooses columns; each round inserts other rows. */
  change(dice: (below: number) => number, round: number): string {
    const base = round * 100;
    const keyed = this.shape !== null;
    const ignore = keyed ? 'IGNORE' : '';
    const rekey = ['n', ...(this.shape?.values ?? []).map(([column, value]) => `${column} = ${value}`)];
    const moveTo = (n: string) => [`n = ${n}`, ...rekey.slice(1)].join(', ');
    const set = () => {
      const column = dice(types.length);
      return `c${column} = ${dice(5) === 0 ? 'NULL' : valueSql(types[column]!)}`;
    };
    const { name } = this;
    const onlyKey = ['n', ...(this.shape?.values ?? []).map(([column]) => column)];
    const keyOf = (n: number) => [
      n,
      ...(this.shape?.values ?? []).map(([, sql]) => sql.replaceAll(/\bn\b/g, String(n))),
    ];
    return [
      this.insert(1001 + base, 1030 + base),
      `UPDATE ${name} SET ${set()} WHERE RAND() < 0.4;`,
      `UPDATE ${name} SET ${set()}, ${set()} WHERE RAND() < 0.4;`,
      `UPDATE ${ignore} ${name} SET ${moveTo('n + 5000')} WHERE RAND() < 0.2;`,
      `BEGIN; UPDATE ${name} SET ${moveTo('-1')} WHERE n = 3; UPDATE ${name} SET ${moveTo('3')} WHERE n = 4;
       UPDATE ${name} SET ${set()} WHERE n = 3; UPDATE ${name} SET ${moveTo('4')} WHERE n = -1; COMMIT;`,
      `DELETE FROM ${name} WHERE RAND() < 0.2;`,
      `BEGIN; ${this.insert(2001, 2010)} UPDATE ${name} SET ${set()} WHERE n > 2000; DELETE FROM ${name} WHERE n = 2003; ROLLBACK;`,
      `INSERT INTO ${name} (${onlyKey}) VALUES (${keyOf(3001 + base)}), (${keyOf(3002 + base)});`,
      keyed ? this.insert(10, 40, 'REPLACE') : `DELETE FROM ${name} WHERE n < 50 LIMIT 3;`,
      keyed ? this.insert(30, 60, 'INSERT', `ON DUPLICATE KEY UPDATE ${set()}`) : this.insert(30, 60),
      keyed ? '' : `INSERT INTO ${name} (n, c0, c1) SELECT n, c0, c1 FROM ${name} LIMIT 5;`,
      `UPDATE ${name} SET ${set()} WHERE n > 3000;`,
      `UPDATE ${ignore} ${name} SET ${moveTo('n - 5000')} WHERE n BETWEEN 5001 AND 5100 AND RAND() < 0.5;`,
      `DELETE FROM ${name} WHERE n = ${3002 + base};`,
    ].join('\n');
  }
}

function defaultOf(declared: string): string {
  const name = /^\w+/.exec(declared)![0];
  if (/int|float|double|decimal|bit/.test(name)) return '0';
  if (/char/.test(name)) return declared.includes('COMPRESSED') ? 'NULL' : "'d'";
  return 'NULL';
}
