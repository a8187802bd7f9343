import { bad, type Finding, ok, unknown, warn } from './finding.ts';
import { holds } from './grants.ts';
import type { MysqlFacts } from './mysql-facts.ts';
import { atLeast } from './version.ts';

export function checkVersion(facts: MysqlFacts): Finding {
  const [id, label] = ['version', 'Version'];
  const { version, versionText, flavor } = facts;
  if (version === undefined) return unknown(id, label, `the server calls itself ${versionText}`, '');
  if (flavor === 'mariadb') {
    return atLeast(version, 10, 6)
      ? ok(id, label, versionText)
      : bad(id, label, `${versionText} is older than MariaDB 10.6`, 'Upgrade this node to MariaDB 10.6 or newer.');
  }
  return atLeast(version, 8)
    ? warn(id, label, `MySQL ${versionText}: written for, not yet proven on it`, 'Try a restore before you rely on it.')
    : bad(id, label, `MySQL ${versionText} is older than 8.0`, 'Upgrade this node to MySQL 8.0 or newer.');
}

/** Settings that bear on backups, restores and the log, each with the statement that puts it right. */
export function checkSettings(facts: MysqlFacts): Finding[] {
  const { settings } = facts;
  return [
    oneOf(settings, 'log_bin', 'Binary log', {
      ON: ok,
      OFF: 'Backups have no position and instants between them are lost. Set log_bin in the configuration and restart.',
    }),
    oneOf(settings, 'binlog_format', 'Binlog format', {
      ROW: ok,
      '*': 'Changes written as statements cannot be brought back for one table. SET GLOBAL binlog_format = ROW;',
    }),
    rowImage(settings),
    syncBinlog(settings),
    filters(facts),
    triggerMakers(facts),
    retention(settings),
    autoIncrementLock(facts),
    readOnly(settings),
    nameCase(settings),
    timeZone(settings),
  ];
}

function oneOf(
  settings: ReadonlyMap<string, string>,
  name: string,
  label: string,
  answers: Record<string, typeof ok | string>,
): Finding {
  const value = settings.get(name);
  if (value === undefined) return unknown(name, label, `the server has no ${name}`, '');
  const answer = answers[value] ?? answers['*'];
  if (answer === undefined || typeof answer === 'function') return ok(name, label, value);
  return bad(name, label, `${name} is ${value}`, answer);
}

function rowImage(settings: ReadonlyMap<string, string>): Finding {
  const [id, label] = ['binlog_row_image', 'Row image'];
  const value = settings.get(id) ?? 'unknown';
  if (value === 'FULL' || value === 'FULL_NODUP') return ok(id, label, value);
  const detail = `${value}: changed rows are logged in part, so a restore to an instant needs the backup's own rows as well`;
  return warn(id, label, detail, 'SET GLOBAL binlog_row_image = FULL;');
}

function syncBinlog(settings: ReadonlyMap<string, string>): Finding {
  const [id, label] = ['sync_binlog', 'Binlog durability'];
  const value = settings.get(id) ?? 'unknown';
  if (value === '1') return ok(id, label, 'sync_binlog is 1');
  const detail = `sync_binlog is ${value}: a crash of the machine can lose the end of the log`;
  return warn(id, label, detail, 'SET GLOBAL sync_binlog = 1;');
}

function filters({ binlogFilters, settings }: MysqlFacts): Finding {
  const [id, label] = ['binlog_filters', 'Binlog filters'];
  if (binlogFilters === null) {
    return settings.get('log_bin') === 'OFF'
      ? ok(id, label, 'the binary log is off')
      : unknown(id, label, 'this user may not see them', 'Grant the privilege named below and look again.');
  }
  const { only, without } = binlogFilters;
  if (only === '' && without === '') return ok(id, label, 'none');
  const parts = [only && `binlog_do_db=${only}`, without && `binlog_ignore_db=${without}`].filter(Boolean);
  const fix = 'Remove these options from the configuration of the server and restart it.';
  return bad(id, label, `${parts.join(', ')}: changes of other databases are not in the log`, fix);
}

function triggerMakers({ settings, grants, currentUser }: MysqlFacts): Finding {
  const [id, label] = ['trigger_makers', 'Restored triggers'];
  if (settings.get('log_bin') === 'OFF') return ok(id, label, 'the binary log is off, so TRIGGER is enough');
  const trusts = settings.get('log_bin_trust_function_creators');
  if (trusts === undefined) return unknown(id, label, 'the server has no log_bin_trust_function_creators', '');
  if (trusts === 'ON') return ok(id, label, 'log_bin_trust_function_creators is ON');
  if (holds(grants, 'SUPER')) return ok(id, label, `${currentUser} has SUPER`);
  const detail = 'log_bin_trust_function_creators is OFF: restored tables come back without their triggers';
  const fix = 'SET GLOBAL log_bin_trust_function_creators = 1; and the same in the configuration file.';
  return warn(id, label, detail, fix);
}

const secondsADay = 86_400;

function retention(settings: ReadonlyMap<string, string>): Finding {
  const [id, label] = ['binlog_retention', 'Binlog retention'];
  const seconds = settings.get('binlog_expire_logs_seconds');
  const days = settings.get('expire_logs_days');
  if (seconds === undefined && days === undefined) return unknown(id, label, 'the server does not tell', '');
  // Both are there from MariaDB 10.6 and MySQL 8 on; the seconds decide, and say 0 for "until removed by hand".
  const kept = seconds === undefined ? Number(days) * secondsADay : Number(seconds);
  if (kept === 0) return ok(id, label, 'log files are kept until they are removed by hand');
  if (kept >= secondsADay) return ok(id, label, `log files are kept for ${Math.floor(kept / 3_600)} h`);
  const detail = `log files are removed after ${Math.round(kept / 60)} min, maybe before they are archived`;
  return warn(id, label, detail, `SET GLOBAL binlog_expire_logs_seconds = ${secondsADay};`);
}

function autoIncrementLock({ settings, flavor }: MysqlFacts): Finding {
  const [id, label] = ['innodb_autoinc_lock_mode', 'Auto-increment lock'];
  const value = settings.get(id);
  if (value === undefined) return unknown(id, label, 'the server does not tell', '');
  if (value === '2') return ok(id, label, '2 (interleaved)');
  if (value === '1' && flavor === 'mariadb') {
    return ok(
      id,
      label,
      '1 (consecutive): LOAD DATA into one table runs one at a time; bulk execute, used here, does not',
    );
  }
  const fix = 'Set innodb_autoinc_lock_mode=2 in the configuration and restart, when a quicker load is wanted.';
  return warn(id, label, `${value}: connections that load one table wait for each other`, fix);
}

function readOnly(settings: ReadonlyMap<string, string>): Finding {
  const [id, label] = ['read_only', 'Writable'];
  const on = ['read_only', 'super_read_only'].filter((name) => !/^(OFF|0)?$/i.test(settings.get(name) ?? ''));
  if (on.length === 0) return ok(id, label, 'read_only is off');
  const detail = `${on.join(' and ')} is on: backups work, restores into this node do not`;
  return warn(id, label, detail, 'SET GLOBAL read_only = OFF; unless this node is a replica.');
}

function nameCase(settings: ReadonlyMap<string, string>): Finding {
  const [id, label] = ['lower_case_table_names', 'Case of table names'];
  const value = settings.get(id) ?? 'unknown';
  if (value === '0') return ok(id, label, '0: kept and told apart');
  return ok(id, label, value === '1' ? '1: stored in lower case' : `${value}: kept, not told apart`);
}

function timeZone(settings: ReadonlyMap<string, string>): Finding {
  return ok('time_zone', 'Time zone', `${zoneOf(settings) ?? 'unknown'}; rows are always read in UTC`);
}

/** The zone a session of this server begins in, `SYSTEM` spelled out. */
export function zoneOf(settings: ReadonlyMap<string, string>): string | null {
  const zone = settings.get('time_zone');
  return zone === 'SYSTEM' ? (settings.get('system_time_zone') ?? zone) : (zone ?? null);
}
