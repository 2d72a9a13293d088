// Parses addresses of ClickHouse stores: clickhouse://USER@HOST:8123/DATABASE, or clickhouses:// for HTTPS.

import { usageError } from '../../model/errors.ts';

const ADDRESS = /^clickhouses?:\/\//;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'clickhouse:': '8123', 'clickhouses:': '8443' };
const DEFAULT = 'default';

export const CLICKHOUSE_ADDRESS = {
  isAddress: (path: string): boolean => ADDRESS.test(path),
  form: 'clickhouse://USER@HOST:PORT/DATABASE',
};

export const PASSWORD_VARIABLE = 'WIRETALLY_STORE_PASSWORD';
export const PASSWORD_FILE_VARIABLE = 'WIRETALLY_STORE_PASSWORD_FILE';
/** These name PEM files: CA bundle, client certificate, and private key. */
export const TLS_CA_VARIABLE = 'WIRETALLY_STORE_TLS_CA';
export const TLS_CERT_VARIABLE = 'WIRETALLY_STORE_TLS_CERT';
export const TLS_KEY_VARIABLE = 'WIRETALLY_STORE_TLS_KEY';

/** Lists the files that are read when a connection is opened. */
export function listSecretFiles(env: NodeJS.ProcessEnv): string[] {
  return [PASSWORD_FILE_VARIABLE, TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE]
    .map((name) => env[name] ?? '')
    .filter((file) => file !== '');
}

export interface ClickhouseAddress {
  /** The address as the user gave it. */
  readonly name: string;
  /** http or https, without a user. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Throws USAGE, also for a password: it would be visible in process lists. */
export function parseClickhouseAddress(path: string): ClickhouseAddress {
  const url = URL.canParse(path) ? new URL(path) : null;
  const database = url?.pathname.replace(/^\//, '') || DEFAULT;
  const isComplete = url !== null && url.hostname !== '' && url.search === '' && url.hash === '';
  if (url === null || !isComplete || !/^[A-Za-z_]\w{0,63}$/.test(database)) {
    throw usageError(
      `"${path.replace(/:[^:/@]*@/, '@')}" is not the address of a store`,
      'use for example clickhouse://wiretally@store.example:8123/wiretally',
    );
  }
  if (url.password !== '') {
    throw usageError(
      'a password in an address is visible in every process list',
      `remove it, and set ${PASSWORD_VARIABLE}, or its file in ${PASSWORD_FILE_VARIABLE}`,
    );
  }
  const port = url.port || (DEFAULT_PORTS[url.protocol] ?? '');
  return {
    name: path,
    url: `${url.protocol === 'clickhouses:' ? 'https' : 'http'}://${url.hostname}:${port}`,
    host: url.hostname,
    port: Number(port),
    user: decodeURIComponent(url.username) || DEFAULT,
    database,
  };
}
