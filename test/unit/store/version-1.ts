// A store as version 1 wrote it: its tables, and messages that hold whole windows.

import { deflateRawSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { MIGRATIONS } from '../../../src/store/duckdb/schema.ts';
import { encodeWindow } from '../../../src/window/codec.ts';

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
  for (const sql of MIGRATIONS[1] ?? []) await connection.run(sql);
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
