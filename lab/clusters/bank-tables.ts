import type { ForeignTable, Piece } from './foreign-table.ts';

/** Everything of `bank` but transfer_account's rows, which have to follow PostgreSQL's hash (bank-accounts.ts). */
export function bankTables(rows: number): ForeignTable[] {
  const few = Math.min(rows, 1_000);
  return [
    transferAccount,
    test2(Math.min(rows, 50_000)),
    transferEntry,
    ...keyed(few),
    dailyTotal,
    ledger,
    ...oddlyNamed,
  ];
}

/** How many leaves transfer_account has; leaf `r` holds the ids whose hash is `r` modulo this. */
export const leafCount = 4;

const transferAccount: ForeignTable = {
  schema: 'public',
  name: 'transfer_account',
  columns: `id bigint NOT NULL, owner varchar(64) NOT NULL, balance numeric(18,2) NOT NULL DEFAULT 0,
    status varchar(16) NOT NULL DEFAULT 'open', updated_at timestamp(6) NOT NULL DEFAULT localtimestamp, memo text,
    CONSTRAINT transfer_account_floor CHECK (balance > -100000000)`,
  onShard: `(id bigint NOT NULL, owner varchar(64) NOT NULL, balance decimal(18,2) NOT NULL DEFAULT 0,
    status varchar(16) NOT NULL DEFAULT 'open', updated_at datetime(6) NOT NULL COMMENT 'UTC', memo text,
    PRIMARY KEY (id), KEY by_owner (owner), KEY by_update (updated_at, status))
    ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='one piece of the accounts'`,
  partitionBy: 'hash (id)',
  pieces: Array.from({ length: leafCount }, (_, remainder) => ({
    name: `transfer_account_p${remainder}`,
    shard: remainder % 2 === 0 ? 'shard_1' : 'shard_2',
    bound: `FOR VALUES WITH (MODULUS ${leafCount}, REMAINDER ${remainder})`,
  })),
  afterwards: `COMMENT ON TABLE public.transfer_account IS 'what every customer has; the sum never changes';
    COMMENT ON COLUMN public.transfer_account.balance IS 'in the account''s own currency';
    CREATE VIEW public.open_account AS SELECT id, owner, balance FROM public.transfer_account WHERE status = 'open';
    GRANT SELECT, UPDATE ON public.transfer_account TO app`,
};

const test2 = (rows: number): ForeignTable => ({
  schema: 'public',
  name: 'test2',
  columns: `id bigint NOT NULL, name varchar(80) NOT NULL DEFAULT ('row ' || lower('X')), amount numeric(12,4), flag boolean,
    doc jsonb, day date, at_time time(3), ratio double precision, raw bytea, created_at timestamp(6) DEFAULT localtimestamp,
    CONSTRAINT test2_amount CHECK (amount >= 0 OR amount IS NULL)`,
  onShard: `(id bigint NOT NULL, name varchar(80) NOT NULL, amount decimal(12,4), flag tinyint(1), doc json, day date,
    at_time time(3), ratio double, raw longblob, created_at datetime(6) DEFAULT current_timestamp(6),
    PRIMARY KEY (id), UNIQUE KEY name_is_unique (name), KEY by_day (day)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  pieces: [
    {
      name: 'test2',
      shard: 'shard_1',
      rows: `INSERT INTO test2 SELECT seq, concat('name ', seq, if(seq % 50 = 0, ' é中🙂', '')), (seq % 9973) / 7, seq % 3 = 0,
        if(seq % 11 = 0, NULL, json_object('k', seq, 'tags', json_array('a', seq % 7))), date('2025-01-01') + interval seq % 700 day,
        sec_to_time(seq % 86400) + interval seq % 1000 * 1000 microsecond, if(seq % 13 = 0, NULL, 1 / seq),
        unhex(sha1(seq)), timestamp('2026-01-01') + interval seq * 1001 microsecond FROM seq_1_to_${rows}`,
    },
  ],
  afterwards: `COMMENT ON FOREIGN TABLE public.test2 IS 'not partitioned';
    CREATE VIEW public.test2_flagged AS SELECT id, name, amount FROM public.test2 WHERE flag;
    GRANT SELECT ON public.test2 TO app; GRANT SELECT (id, name) ON public.test2 TO PUBLIC`,
});

/** Two rows for every transfer, on the shards of its two accounts: their amounts add up to nothing at any true cut. */
const transferEntry: ForeignTable = {
  schema: 'public',
  name: 'transfer_entry',
  columns: `shard int NOT NULL, transfer varchar(64) NOT NULL, account bigint NOT NULL, amount numeric(18,2) NOT NULL,
    at timestamp(6) NOT NULL`,
  onShard: `(shard int NOT NULL, transfer varchar(64) NOT NULL, account bigint NOT NULL, amount decimal(18,2) NOT NULL,
    at datetime(6) NOT NULL, PRIMARY KEY (transfer, account)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  partitionBy: 'list (shard)',
  pieces: [1, 2].map((shard) => ({
    name: `transfer_entry_${shard}`,
    shard: `shard_${shard}`,
    bound: `FOR VALUES IN (${shard})`,
  })),
};

/** AUTO_INCREMENT with gaps, and a parent with its child: things only the shard knows. */
const keyed = (rows: number): ForeignTable[] => [
  {
    schema: 'public',
    name: 'audit_entry',
    columns: 'id bigint NOT NULL, who varchar(64) NOT NULL, what text, at timestamp(6) NOT NULL',
    onShard: `(id bigint NOT NULL AUTO_INCREMENT, who varchar(64) NOT NULL, what text, at datetime(6) NOT NULL, PRIMARY KEY (id))
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    pieces: [
      {
        name: 'audit_entry',
        shard: 'shard_1',
        rows: `INSERT INTO audit_entry (who, what, at) SELECT concat('clerk ', seq % 17), concat('looked at ', seq),
            timestamp('2026-02-01') + interval seq second FROM seq_1_to_${rows};
          DELETE FROM audit_entry WHERE id % 10 = 3; ALTER TABLE audit_entry AUTO_INCREMENT = 500000`,
      },
    ],
  },
  {
    schema: 'public',
    name: 'customer',
    columns: 'id int NOT NULL, name varchar(80) NOT NULL, country char(2) NOT NULL',
    onShard: `(id int NOT NULL, name varchar(80) NOT NULL, country char(2) NOT NULL, PRIMARY KEY (id), KEY by_name (name))
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    pieces: [
      {
        name: 'customer',
        shard: 'shard_2',
        rows: `INSERT INTO customer SELECT seq, concat('customer ', seq), elt(1 + seq % 3, 'DE', 'FR', 'JP') FROM seq_1_to_${rows}`,
      },
    ],
  },
  {
    schema: 'public',
    name: 'card',
    columns: 'number char(16) NOT NULL, customer_id int NOT NULL, expires date',
    onShard: `(number char(16) NOT NULL, customer_id int NOT NULL, expires date, PRIMARY KEY (number), KEY of_customer (customer_id),
      CONSTRAINT card_customer FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE)
      ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    pieces: [
      {
        name: 'card',
        shard: 'shard_2',
        rows: `INSERT INTO card SELECT concat('4000', lpad(seq, 12, '0')), 1 + seq % ${rows}, date('2027-01-31') FROM seq_1_to_${rows}`,
      },
    ],
  },
];

const dailyTotal: ForeignTable = {
  schema: 'public',
  name: 'daily_total',
  columns: 'day date NOT NULL, branch int NOT NULL, total numeric(18,2)',
  onShard:
    '(day date NOT NULL, branch int NOT NULL, total decimal(18,2), PRIMARY KEY (day, branch)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  partitionBy: 'range (day)',
  pieces: [
    dailyPiece('daily_total_2025', 'shard_1', '2025-01-01', '2026-01-01'),
    dailyPiece('daily_total_2026', 'shard_2', '2026-01-01', '2027-01-01'),
  ],
};

function dailyPiece(name: string, shard: string, from: string, to: string): Piece {
  return {
    name,
    shard,
    bound: `FOR VALUES FROM ('${from}') TO ('${to}')`,
    rows: `INSERT INTO ${name} SELECT date('${from}') + interval seq % 365 day, seq div 365, seq * 1.25 FROM seq_0_to_1094`,
  };
}

/** Another schema, and partitions two levels deep. */
const ledger: ForeignTable = {
  schema: 'acct',
  name: 'ledger',
  columns: 'region varchar(8) NOT NULL, id bigint NOT NULL, amount numeric(18,2) NOT NULL, note text',
  onShard: `(region varchar(8) NOT NULL, id bigint NOT NULL, amount decimal(18,2) NOT NULL, note text, PRIMARY KEY (region, id))
    ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  partitionBy: 'list (region)',
  branches: [{ name: 'ledger_us', bound: "FOR VALUES IN ('us')", partitionBy: 'range (id)' }],
  pieces: [
    ledgerPiece('ledger_eu', 'shard_1', "FOR VALUES IN ('eu', 'uk')", 'eu', 1),
    ledgerPiece('ledger_rest', 'shard_2', 'DEFAULT', 'jp', 1),
    {
      ...ledgerPiece('ledger_us_old', 'shard_2', 'FOR VALUES FROM (MINVALUE) TO (1000)', 'us', 1),
      branch: 'ledger_us',
    },
    {
      ...ledgerPiece('ledger_us_new', 'shard_1', 'FOR VALUES FROM (1000) TO (MAXVALUE)', 'us', 1_000),
      branch: 'ledger_us',
    },
  ],
};

function ledgerPiece(name: string, shard: string, bound: string, region: string, from: number): Piece {
  const to = from + 499;
  const rows = `INSERT INTO ${name} SELECT '${region}', seq, seq * 3.5, concat('entry ', seq) FROM seq_${from}_to_${to}`;
  return { name, shard, bound, rows };
}

/** Names that need quoting somewhere on their way: quotes, dots, `$$`, Unicode, spaces, case, 63 bytes. */
const oddlyNamed: ForeignTable[] = [
  'Fee "2026"',
  'odd.name$$x',
  '转账 记录',
  'MixedCase',
  `the_longest_name_that_postgresql_takes_is_sixty_three_bytes_long`.slice(0, 63),
].map((name, at) => ({
  schema: 'public',
  name,
  columns: 'id bigint NOT NULL, "odd ""col.umn" text, "列" numeric(10,2)',
  onShard:
    '(id bigint NOT NULL, `odd "col.umn` text, `列` decimal(10,2), PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4',
  pieces: [
    {
      name,
      shard: `shard_${1 + (at % 2)}`,
      rows: `INSERT INTO \`${name}\` SELECT seq, concat('it''s "row" ', seq, ' 中🙂'), seq / 4 FROM seq_1_to_100`,
    },
  ],
}));
