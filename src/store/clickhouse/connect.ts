// Connects to a ClickHouse server, reads its secrets, and converts its errors.

import { randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client';
import { readPassword, readSecret } from '../../files/read-secret.ts';
import { type ErrorCode, errorAt, usageError, WiretallyError } from '../../model/errors.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import {
  type ClickhouseAddress,
  PASSWORD_FILE_VARIABLE,
  PASSWORD_VARIABLE,
  parseClickhouseAddress,
  TLS_CA_VARIABLE,
  TLS_CERT_VARIABLE,
  TLS_KEY_VARIABLE,
} from './clickhouse-address.ts';

/** Maximum concurrent requests per process. */
const MAX_CONNECTIONS = 2;
const TIMEOUT_MS = 120_000;
/** A query lists the valid attribution steps: about 20 bytes each. */
const MAX_QUERY_BYTES = 16 << 20;

export interface Connection {
  readonly address: ClickhouseAddress;
  readonly client: ClickHouseClient;
}

/** Throws USAGE. Sends nothing yet. A session has its own temporary tables, and runs one query at a time. */
export function connectTo(
  path: string,
  { timeoutMs = TIMEOUT_MS, session = false }: { timeoutMs?: number; session?: boolean } = {},
): Connection {
  const address = parseClickhouseAddress(path);
  const { url, user, database } = address;
  const client = createClient({
    url,
    username: user,
    ...readSecrets(address, process.env),
    database,
    application: 'wiretally',
    request_timeout: timeoutMs,
    max_open_connections: session ? 1 : MAX_CONNECTIONS,
    ...(session ? { session_id: randomUUID() } : {}),
    // Errors reach the caller; the client would write to the console.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 0,
      // A partition with a single part is read without a merge.
      do_not_merge_across_partitions_select_final: 1,
      max_query_size: String(MAX_QUERY_BYTES),
    },
  });
  return { address, client };
}

/** Runs work over a separate connection. Throws errors of the server with this code. */
export async function withServer<T>(
  store: string,
  code: 'INPUT_UNREADABLE' | 'STORE_WRITE',
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = connectTo(store);
  try {
    return await work(connection);
  } catch (cause) {
    throw serverError(code, connection, cause);
  } finally {
    await connection.client.close();
  }
}

export type Params = Readonly<Record<string, string | number>>;

export async function readRows<T>({ client }: Connection, query: string, params: Params = {}): Promise<T[]> {
  const answer = await client.query({ query, query_params: { ...params }, format: 'JSONEachRow' });
  return await answer.json<T>();
}

export async function readValues<T extends readonly unknown[]>(
  { client }: Connection,
  query: string,
  params: Params = {},
): Promise<T[]> {
  const answer = await client.query({ query, query_params: { ...params }, format: 'JSONCompactEachRow' });
  return await answer.json<T>();
}

/** Reads the names of all tables and views of the database. */
export async function readTableNames(connection: Connection): Promise<string[]> {
  const sql = 'SELECT name FROM system.tables WHERE database = currentDatabase()';
  return (await readValues<[string]>(connection, sql)).map(([name]) => name);
}

/** Rows per insert: inserts up to a million rows are atomic. */
const ROWS_AT_ONCE = 50_000;

export async function insertRows(
  { client }: Connection,
  table: string,
  values: readonly object[],
): Promise<void> {
  for (let from = 0; from < values.length; from += ROWS_AT_ONCE) {
    const some = values.slice(from, from + ROWS_AT_ONCE);
    const [first = 'row', ...others] = Object.keys(values[0] ?? {});
    await client.insert({ table, values: some, columns: [first, ...others], format: 'JSONEachRow' });
  }
}

/** Runs a command. Resolves when rows are changed on all replicas. */
export async function runCommand({ client }: Connection, query: string, params: Params = {}): Promise<void> {
  await client.command({
    query,
    query_params: { ...params },
    clickhouse_settings: { mutations_sync: '2' },
  });
}

/** Builds the error of a query or an insert that failed on the server or the network. */
export function serverError(code: ErrorCode, { address }: Connection, cause: unknown): WiretallyError {
  if (cause instanceof WiretallyError) return cause;
  const message = cause instanceof Error ? cause.message.split('\n')[0] || cause.name : String(cause);
  const isRefused = cause instanceof ClickHouseError && cause.type === 'AUTHENTICATION_FAILED';
  const next = isRefused
    ? `the password is taken from ${PASSWORD_VARIABLE} or the file in ${PASSWORD_FILE_VARIABLE}`
    : NEXT.find(([words]) => words.test(message))?.[1];
  return errorAt(code, address.name, `${isRefused ? 'access denied for this user' : message}`, {
    cause,
    ...omitUndefined({ next }),
  });
}

/** Advice by the message of the system or OpenSSL. */
const NEXT: readonly (readonly [words: RegExp, next: string])[] = [
  [/ECONNREFUSED/, 'check that the server runs and listens on this port'],
  [/ENOTFOUND|EAI_AGAIN/, 'check the name of the server'],
  [/ETIMEDOUT|EHOSTUNREACH|timeout/i, 'check the address, and that no firewall drops the connection'],
  [
    /certificate required|handshake failure|alert bad certificate/i,
    `the server requires a client certificate: set ${TLS_CERT_VARIABLE}`,
  ],
  [
    /self.signed certificate|unable to (verify|get local issuer)/i,
    `pass the CA of the server certificate in ${TLS_CA_VARIABLE}`,
  ],
];

/** Credentials and CA bundle: from the environment, and from files that it names, never from the command line. */
type Secrets = Pick<ClickHouseClientConfigOptions, 'password' | 'tls' | 'http_agent'>;

/** Throws USAGE. */
function readSecrets(address: ClickhouseAddress, env: NodeJS.ProcessEnv): Secrets {
  const passwordFile = env[PASSWORD_FILE_VARIABLE] ?? '';
  const password =
    passwordFile === '' ? (env[PASSWORD_VARIABLE] ?? '') : readPassword(passwordFile, PASSWORD_FILE_VARIABLE);
  const [ca, cert, key] = [TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE].map((name) =>
    readPem(env, name),
  );
  if (ca === undefined && cert === undefined && key === undefined) return { password };
  if (!address.url.startsWith('https:')) {
    const what = `${address.name}: certificates are set, but this address is without TLS`;
    throw usageError(what, 'write clickhouses://, or unset WIRETALLY_STORE_TLS_*');
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new WiretallyError('USAGE', 'a certificate requires its key', {
      where: TLS_CERT_VARIABLE,
      next: `set ${TLS_CERT_VARIABLE} and ${TLS_KEY_VARIABLE}`,
    });
  }
  const shown = {
    ...omitUndefined({ ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  requireUsableKeys(shown, env);
  if (cert !== undefined && key !== undefined && password === '') {
    // The server identifies the user by the certificate.
    return { password, tls: { ca_cert: ca ?? Buffer.from(rootCertificates.join('\n')), cert, key } };
  }
  return { password, http_agent: new Agent({ ...shown, keepAlive: true, maxSockets: MAX_CONNECTIONS }) };
}

function readPem(env: NodeJS.ProcessEnv, name: string): Buffer | undefined {
  const file = env[name] ?? '';
  return file === '' ? undefined : readSecret(file, name);
}

function requireUsableKeys(shown: Parameters<typeof createSecureContext>[0], env: NodeJS.ProcessEnv): void {
  try {
    createSecureContext(shown);
  } catch (cause) {
    const names = [TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE].filter(
      (name) => (env[name] ?? '') !== '',
    );
    const files = names.map((name) => `${name} (${env[name]})`).join(', ');
    throw new WiretallyError(
      'USAGE',
      `${files}: no certificates, or the key does not belong to the certificate`,
      {
        cause,
        next: 'pass PEM files, the key without a passphrase',
      },
    );
  }
}
