// Declares options for the servers of deliveries: addresses, and their secrets, which are never passed on the command line.

import { readPassword } from '../../files/read-secret.ts';
import type { BrokerAccess } from '../../fleet/delivery/nats.ts';
import { optionError, usageError } from '../../model/errors.ts';
import { type OptionValues, option } from './declare-option.ts';

/** Environment variable for programs that pass secrets in the environment. */
const PASSWORD_VARIABLE = 'WIRETALLY_PASSWORD';
export const NATS_PORT = 4222;

export const brokerOptions = {
  stream: option('--stream <name>', 'General', 'JetStream stream', {
    byDefault: 'WIRETALLY',
    parse: parseStreamName,
  }),
  passwordFile: option(
    '--password-file <file>',
    'General',
    `Password of the user in the address (or ${PASSWORD_VARIABLE})`,
  ),
  creds: option('--creds <file>', 'General', 'NATS credentials file'),
  tlsCa: option('--tls-ca <file>', 'General', 'Use TLS and verify the server with this CA bundle (PEM)'),
  tlsCert: option('--tls-cert <file>', 'General', 'Client certificate (PEM)'),
  tlsKey: option('--tls-key <file>', 'General', 'Private key of the client (PEM)'),
};
export type BrokerOptions = OptionValues<typeof brokerOptions>;

function parseStreamName(value: string): string {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(value)) return value;
  throw optionError('--stream', `--stream must be letters, digits, - or _, not "${value}"`);
}

export const isNats = (address: string): boolean => /^(nats|tls):\/\//.test(address);

/** Throws USAGE. */
export function brokerAccess(address: string, options: BrokerOptions, env: NodeJS.ProcessEnv): BrokerAccess {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isPlain = url !== null && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  if (url === null || !isNats(address) || url.hostname === '' || !isPlain) {
    throw usageError(
      `"${withoutPassword(address)}" is not the address of a broker`,
      'use for example nats://sensors@broker.example:4222',
    );
  }
  if (url.password !== '') {
    throw usageError(
      'a password in an address is visible in every process list',
      `write ${url.protocol}//${url.username}@${url.host}, and pass the password with --password-file`,
    );
  }
  if (url.port === '') url.port = String(NATS_PORT);
  return {
    url,
    stream: options.stream,
    password: url.username === '' ? null : findPassword(options.passwordFile, env),
    credsFile: options.creds ?? null,
    caFile: options.tlsCa ?? null,
    certFile: options.tlsCert ?? null,
    keyFile: options.tlsKey ?? null,
  };
}

export function findPassword(file: string | undefined, env: NodeJS.ProcessEnv): string | null {
  return file === undefined ? (env[PASSWORD_VARIABLE] ?? null) : readPassword(file, 'option --password-file');
}

/** Removes the password from an address, for messages. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z+]+:\/\/[^:/@]*):.*@/, '$1@');
}

/** Lists files that each new connection reads. */
export function brokerFiles({ creds, passwordFile, tlsCa, tlsCert, tlsKey }: BrokerOptions): string[] {
  return [creds, passwordFile, tlsCa, tlsCert, tlsKey].filter((file) => file !== undefined);
}

/** True without TLS: then everyone on the path can read which host uses which tool. */
export function carriesInClear({ url, caFile }: BrokerAccess): boolean {
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return !isHere && url.protocol !== 'tls:' && caFile === null;
}
