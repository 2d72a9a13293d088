// A connection to a ClickHouse server, its secrets, and its errors in the project's words.

import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type ErrorCode, WiretallyError } from '../../model/errors.ts';
import {
  type ClickhouseAddress,
  clickhouseAddress,
  PASSWORD,
  PASSWORD_FILE,
  TLS_CA,
  TLS_CERT,
} from './address.ts';
import { MAX_CONNECTIONS, secretsFor } from './secrets.ts';

const TIMEOUT_MS = 120_000;

export interface Connection {
  readonly address: ClickhouseAddress;
  readonly client: ClickHouseClient;
}

/** Throws USAGE. Nothing is sent yet. */
export function connectTo(path: string, timeoutMs = TIMEOUT_MS): Connection {
  const address = clickhouseAddress(path);
  const { url, user, database } = address;
  const client = createClient({
    url,
    username: user,
    ...secretsFor(address, process.env),
    database,
    application: 'wiretally',
    request_timeout: timeoutMs,
    max_open_connections: MAX_CONNECTIONS,
    // Whoever asks is told by errors; the client would write to the console.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return { address, client };
}

export type Params = Readonly<Record<string, string | number>>;

export async function rowsOf<T>({ client }: Connection, query: string, params: Params = {}): Promise<T[]> {
  const answer = await client.query({ query, query_params: { ...params }, format: 'JSONEachRow' });
  return await answer.json<T>();
}

/** Resolves when a change of rows is done everywhere. */
export async function runCommand({ client }: Connection, query: string, params: Params = {}): Promise<void> {
  await client.command({
    query,
    query_params: { ...params },
    clickhouse_settings: { mutations_sync: '2' },
  });
}

/** What the server, or the way to it, has against a question or an insert. */
export function serverError(code: ErrorCode, { address }: Connection, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const told = cause instanceof Error ? cause.message.split('\n')[0] || cause.name : String(cause);
  const isRefused = cause instanceof ClickHouseError && cause.type === 'AUTHENTICATION_FAILED';
  const next = isRefused
    ? `the password is taken from ${PASSWORD} or the file in ${PASSWORD_FILE}`
    : NEXT.find(([words]) => words.test(told))?.[1];
  return new WiretallyError(code, `${address.name}: ${isRefused ? 'lets this user not in' : told}`, {
    cause,
    where: address.name,
    ...(next === undefined ? {} : { next }),
  });
}

/** What TLS has against the way there, by OpenSSL's words. */
const NEXT: readonly (readonly [words: RegExp, next: string])[] = [
  [
    /certificate required|handshake failure|alert bad certificate/i,
    `it asks for a certificate: name one in ${TLS_CERT}`,
  ],
  [
    /self.signed certificate|unable to (verify|get local issuer)/i,
    `name the authority of its certificate in ${TLS_CA}`,
  ],
];
