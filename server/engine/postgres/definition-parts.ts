import type pg from 'pg';
import { optionsOf } from './definition-options.ts';

/** Everything below a root, by level, so that parents come first. */
const treeSql = `
WITH RECURSIVE tree AS (
  SELECT i.inhrelid AS oid, i.inhparent AS parent, 1 AS level FROM pg_inherits i WHERE i.inhparent = $1
  UNION ALL
  SELECT i.inhrelid, i.inhparent, t.level + 1 FROM pg_inherits i JOIN tree t ON t.oid = i.inhparent
)`;

/** Every relation below the root, several levels deep. `server` and `partitionKey` null = rows lie on this node. */
export const partitionsSql = `${treeSql}
SELECT n.nspname AS schema, c.relname AS name, pn.nspname AS "parentSchema", p.relname AS parent,
       coalesce(pg_get_expr(c.relpartbound, c.oid), '') AS bound,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
       s.srvname AS server, ${optionsOf('ft.ftoptions')} AS options,
       coalesce((SELECT json_agg(json_build_object('column', a.attname, 'name', o.option_name, 'value', o.option_value)
                                 ORDER BY a.attnum)
                   FROM pg_attribute a, pg_options_to_table(a.attfdwoptions) o
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS "columnOptions",
       obj_description(c.oid, 'pg_class') AS comment
  FROM tree t
  JOIN pg_class c ON c.oid = t.oid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class p ON p.oid = t.parent
  JOIN pg_namespace pn ON pn.oid = p.relnamespace
  LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
  LEFT JOIN pg_foreign_server s ON s.oid = ft.ftserver
 ORDER BY t.level, n.nspname, c.relname`;

/** Sentences about what hangs on a table (or on one of its partitions) and has no place in the definition. */
export async function readLeft(client: pg.Client, oid: string): Promise<string[]> {
  const { rows } = await client.query(leftSql, [oid]);
  return rows.map((row) => row.sentence);
}

const leftSql = `${treeSql},
own AS (SELECT $1::oid AS oid, 0 AS level UNION ALL SELECT oid, level FROM tree),
named AS (SELECT own.oid, own.level, c.relrowsecurity, c.relispartition, c.relacl, quote_ident(c.relname) AS shown
            FROM own JOIN pg_class c ON c.oid = own.oid)
SELECT sentence FROM (
  SELECT 1 AS at, 'row level security is switched on for ' || shown || ' and is not recorded' AS sentence
    FROM named WHERE relrowsecurity
  UNION ALL
  SELECT 2, 'table ' || shown || ' inherits from a table that is no partitioned one; the link is not recorded'
    FROM named n JOIN pg_inherits i ON i.inhrelid = n.oid WHERE NOT n.relispartition
  UNION ALL
  SELECT 3, 'column ' || quote_ident(a.attname) || ' is an identity column; only its values are recorded'
    FROM pg_attribute a WHERE a.attrelid = $1 AND a.attidentity <> '' AND NOT a.attisdropped
  UNION ALL
  SELECT 4, 'the default of column ' || quote_ident(a.attname) || ' uses sequence ' || s.oid::regclass::text
            || ', whose value is not recorded'
    FROM pg_attrdef d
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = p.refobjid AND s.relkind = 'S'
   WHERE d.adrelid = $1
  UNION ALL
  SELECT 5, 'grants on partition ' || shown || ' itself are not recorded'
    FROM named WHERE level > 0 AND relacl IS NOT NULL
  UNION ALL
  SELECT 6, 'trigger ' || quote_ident(t.tgname) || ' of partition ' || n.shown || ' is not recorded'
    FROM pg_trigger t JOIN named n ON n.oid = t.tgrelid AND n.level > 0
   WHERE NOT t.tgisinternal AND NOT EXISTS
         (SELECT FROM pg_trigger u JOIN own o ON o.oid = u.tgrelid AND o.level < n.level WHERE u.tgname = t.tgname)
  UNION ALL
  SELECT 7, 'check ' || quote_ident(k.conname) || ' of partition ' || n.shown || ' is not recorded'
    FROM pg_constraint k JOIN named n ON n.oid = k.conrelid AND n.level > 0
   WHERE k.contype = 'c' AND k.coninhcount = 0
  UNION ALL
  SELECT 8, 'the default of column ' || quote_ident(a.attname) || ' of partition ' || n.shown || ' is not recorded'
    FROM named n
    JOIN pg_attrdef d ON d.adrelid = n.oid
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = ''
    LEFT JOIN pg_attribute ra ON ra.attrelid = $1 AND ra.attname = a.attname
    LEFT JOIN pg_attrdef rd ON rd.adrelid = ra.attrelid AND rd.adnum = ra.attnum
   WHERE n.level > 0 AND pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(rd.adbin, rd.adrelid)
  UNION ALL
  SELECT 9, 'extended statistics ' || quote_ident(s.stxname) || ' are not recorded'
    FROM pg_statistic_ext s WHERE s.stxrelid = $1
  UNION ALL
  SELECT 10, 'membership in publication ' || quote_ident(p.pubname) || ' is not recorded'
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = $1
  UNION ALL
  SELECT 11, 'a security label is not recorded'
   WHERE EXISTS (SELECT FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = $1)
  UNION ALL
  SELECT 12, 'the owner lacks ' || d.privilege_type || ' on the table; the restored one has it'
    FROM pg_class c, aclexplode(acldefault('r', c.relowner)) d
   WHERE c.oid = $1 AND c.relacl IS NOT NULL AND d.grantee = c.relowner AND NOT EXISTS
         (SELECT FROM aclexplode(c.relacl) h WHERE h.grantee = c.relowner AND h.privilege_type = d.privilege_type)
) found ORDER BY at, sentence`;
