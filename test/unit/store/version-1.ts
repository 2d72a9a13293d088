// A store as version 1 wrote it: its tables, and messages that hold whole windows.

import { deflateRawSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { encodeWindow } from '../../../src/window/codec.ts';

const TABLES = [
  'CREATE TABLE meta (schema_version INTEGER NOT NULL)',
  'INSERT INTO meta VALUES (1)',
  `CREATE TABLE windows (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, revision INTEGER NOT NULL,
      length_seconds INTEGER NOT NULL, packets BIGINT NOT NULL, bytes BIGINT NOT NULL, flows BIGINT NOT NULL,
      kernel_drops BIGINT NOT NULL, message BLOB NOT NULL)`,
  'CREATE TABLE rolled_up (sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, revision INTEGER NOT NULL)',
  `CREATE TABLE host_totals (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      mac VARCHAR, flows BIGINT NOT NULL, packets BIGINT NOT NULL, bytes_up BIGINT NOT NULL,
      bytes_down BIGINT NOT NULL, hidden_bytes BIGINT NOT NULL)`,
  `CREATE TABLE usage_rows (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      name VARCHAR NOT NULL, name_from VARCHAR NOT NULL, ja4 VARCHAR, ja3 VARCHAR, proxy VARCHAR,
      flows BIGINT NOT NULL, established_flows BIGINT NOT NULL, packets_up BIGINT NOT NULL,
      packets_down BIGINT NOT NULL, bytes_up BIGINT NOT NULL, bytes_down BIGINT NOT NULL, payload_up BIGINT NOT NULL,
      payload_down BIGINT NOT NULL, exchanges BIGINT NOT NULL, first_us BIGINT NOT NULL, last_us BIGINT NOT NULL)`,
  `CREATE TABLE names_asked (
      sensor VARCHAR NOT NULL, start_seconds BIGINT NOT NULL, length_seconds INTEGER NOT NULL, host VARCHAR NOT NULL,
      name VARCHAR NOT NULL, count BIGINT NOT NULL)`,
];

/** `rolledUp` are the keys of windows that were summed. */
export async function makeVersion1(
  path: string,
  windows: readonly UsageWindow[],
  rolledUp: readonly Pick<UsageWindow, 'sensor' | 'startSeconds' | 'revision'>[] = [],
): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const insert = async (table: string, values: DuckDBValue[]): Promise<void> => {
    await connection.run(
      `INSERT INTO ${table} VALUES (${values.map((_, i) => `$${i + 1}`).join(', ')})`,
      values,
    );
  };
  await connection.run('BEGIN');
  for (const sql of TABLES) await connection.run(sql);
  for (const { sensor, startSeconds, revision } of rolledUp)
    await insert('rolled_up', [sensor, BigInt(startSeconds), revision]);
  const appender = await connection.createAppender('windows');
  for (const window of windows) {
    const { sensor, startSeconds, revision, lengthSeconds, stats } = window;
    appender.appendVarchar(sensor);
    appender.appendBigInt(BigInt(startSeconds));
    appender.appendInteger(revision);
    appender.appendInteger(lengthSeconds);
    for (const count of [stats.packets, stats.bytes, stats.flows, stats.kernelDrops])
      appender.appendBigInt(BigInt(count));
    appender.appendBlob(deflateRawSync(encodeWindow(window), { level: 4 }));
    appender.endRow();
  }
  appender.closeSync();
  await appendHosts(connection, windows);
  await connection.run('COMMIT');
  connection.closeSync();
  instance.closeSync();
}

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;

async function appendHosts(connection: Connection, windows: readonly UsageWindow[]): Promise<void> {
  const appender = await connection.createAppender('host_totals');
  for (const { sensor, startSeconds, lengthSeconds, hosts } of windows) {
    for (const host of hosts) {
      appender.appendVarchar(sensor);
      appender.appendBigInt(BigInt(startSeconds));
      appender.appendInteger(lengthSeconds);
      appender.appendVarchar(host.host);
      if (host.mac === null) appender.appendNull();
      else appender.appendVarchar(host.mac);
      for (const count of [host.flows, host.packets, host.bytesUp, host.bytesDown, 0])
        appender.appendBigInt(BigInt(count));
      appender.endRow();
    }
  }
  appender.closeSync();
}
