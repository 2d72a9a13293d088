// A connection to a ClickHouse server, its secrets, and its errors in the project's words.

import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { readBounded, refusalOf } from '../../files/read-bounded.ts';
import { type ErrorCode, WiretallyError } from '../../model/errors.ts';
import {
  type ClickhouseAddress,
  clickhouseAddress,
  PASSWORD,
  PASSWORD_FILE,
  storeSecrets,
} from './address.ts';

const MAX_PASSWORD_BYTES = 4096;
const TIMEOUT_MS = 120_000;

export interface Connection {
  readonly address: ClickhouseAddress;
  readonly client: ClickHouseClient;
}

/** Throws USAGE. Nothing is sent yet. */
export function connectTo(path: string): Connection {
  const address = clickhouseAddress(path);
  const { url, user, database } = address;
  const client = createClient({
    url,
    username: user,
    password: password(process.env),
    database,
    application: 'wiretally',
    request_timeout: TIMEOUT_MS,
    max_open_connections: 2,
    // Whoever asks is told by errors; the client would write to the console.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return { address, client };
}

/** The line end of an editor is not part of it. */
function password(env: NodeJS.ProcessEnv): string {
  const [file] = storeSecrets(env);
  if (file === undefined) return env[PASSWORD] ?? '';
  try {
    return readBounded(file, MAX_PASSWORD_BYTES)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  } catch (cause) {
    throw new WiretallyError('USAGE', `${file}: the password cannot be read: ${refusalOf(cause)}`, {
      cause,
      where: PASSWORD_FILE,
    });
  }
}

/** What the server, or the way to it, has against a question or an insert. */
export function serverError(code: ErrorCode, { address }: Connection, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const told = cause instanceof Error ? cause.message.split('\n')[0] || cause.name : String(cause);
  const isRefused = cause instanceof ClickHouseError && cause.type === 'AUTHENTICATION_FAILED';
  return new WiretallyError(code, `${address.name}: ${isRefused ? 'lets this user not in' : told}`, {
    cause,
    where: address.name,
    ...(isRefused ? { next: `the password is taken from ${PASSWORD} or the file in ${PASSWORD_FILE}` } : {}),
  });
}
