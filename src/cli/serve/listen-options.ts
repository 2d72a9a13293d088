// Declares the options of a server for pages, for `serve` and `watch`.

import { isIP } from 'node:net';
import { optionError } from '../../model/errors.ts';
import type { ListenAddress } from '../../web/listen.ts';
import { list, type OptionValues, option } from '../input/declare-option.ts';

export const listenOptions = {
  listen: option<ListenAddress>(
    '--listen <address:port>',
    'Output',
    'Serve pages on this address; 127.0.0.1 and ::1 allow local clients only',
    { parse: listenAddress, isCommon: true },
  ),
  publicName: list('--public-name <name>', 'Output', 'DNS name under which clients reach the server'),
  tlsCert: option('--tls-cert <file>', 'Output', 'TLS certificate (PEM)'),
  tlsKey: option('--tls-key <file>', 'Output', 'Private key of the certificate (PEM, file mode 0600)'),
  accessTokens: option(
    '--access-tokens <file>',
    'Output',
    'Access tokens, one "name token" per line (file mode 0600)',
  ),
  clientCa: option('--client-ca <file>', 'Output', 'Allowed clients: certificates issued by this CA (PEM)'),
  trustedUserHeader: option(
    '--trusted-user-header <header>',
    'Output',
    'Allowed clients: those that a trusted proxy names in this header',
  ),
  proxyTokenFile: option(
    '--proxy-token-file <file>',
    'Output',
    'Access token of this proxy (file mode 0600)',
  ),
  investigator: list('--investigator <name>', 'Output', 'User with permission for pseudonym lookup'),
  identityLog: option('--identity-log <file>', 'Output', 'Log of pseudonym lookups: time, user, reason'),
};

export type ListenOptions = OptionValues<typeof listenOptions> & { readonly listen: ListenAddress };

/** Parses "127.0.0.1:7577" or "[::1]:7577". */
function listenAddress(value: string): ListenAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
  const host = parts?.[1] ?? parts?.[2] ?? '';
  const port = Number(parts?.[3] ?? Number.NaN);
  if (isIP(host) === 0 || !(port <= 65_535)) {
    throw optionError(
      '--listen',
      `--listen must be an address and a port, not "${value}"`,
      'use for example --listen 127.0.0.1:7577 or --listen [::1]:7577',
    );
  }
  return { host, port };
}

/** Throws USAGE if clients are not authenticated. `option`: the option that names some of them. */
export function requireAuthentication(
  option: string,
  { accessTokens, clientCa, trustedUserHeader }: Partial<ListenOptions>,
): void {
  if ([accessTokens, clientCa, trustedUserHeader].some((value) => value !== undefined)) return;
  throw optionError(
    option,
    'visitors are not authenticated',
    'add --access-tokens, --client-ca or --trusted-user-header',
  );
}

export const isLoopback = ({ host }: ListenAddress): boolean => /^127\./.test(host) || host === '::1';
