// Where pages are served, and their checks: the same for `serve` and `watch`.

import { isIP } from 'node:net';
import type { Command } from 'commander';
import { WiretallyError } from '../../../model/errors.ts';
import type { ListenAddress } from '../../../web/listen.ts';
import { repeatable } from '../../input/options.ts';

export interface ListenOptions {
  readonly listen: ListenAddress;
  readonly publicName: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tokenFile?: string;
  readonly tlsClientCa?: string;
  readonly behindProxy?: string;
  readonly proxyTokenFile?: string;
  readonly investigator: readonly string[];
  readonly identityLog?: string;
}

export function addListenOptions(command: Command, address?: string): void {
  command
    .option(
      '--listen <address:port>',
      'serve pages there; 127.0.0.1 and ::1 are this machine alone',
      listenAddress,
      ...(address === undefined ? [] : [listenAddress(address)]),
    )
    .option('--public-name <name>', 'a name that visitors ask the server by (repeatable)', repeatable, [])
    .option('--tls-cert <file>', 'serve over TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'its key (PEM), readable by its owner alone')
    .option('--token-file <file>', 'who may look: lines of "name token", readable by its owner alone')
    .option('--tls-client-ca <file>', 'who may look: whoever has a certificate of this authority (PEM)')
    .option('--behind-proxy <header>', 'allowed clients: those that a trusted proxy names in this header')
    .option('--proxy-token-file <file>', 'access token of that proxy alone (file mode 0600)')
    .option(
      '--investigator <name>',
      'a visitor who may open the host behind a pseudonym (repeatable)',
      repeatable,
      [],
    )
    .option('--identity-log <file>', 'where each opening is written down: time, who, why');
}

/** "127.0.0.1:7577", "[::1]:7577" */
function listenAddress(value: string): ListenAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value);
  const host = parts?.[1] ?? parts?.[2] ?? '';
  const port = Number(parts?.[3] ?? Number.NaN);
  if (isIP(host) === 0 || !(port <= 65_535)) {
    throw new WiretallyError('USAGE', `--listen must be an address and a port, not "${value}"`, {
      where: 'option --listen',
      next: 'write for example --listen 127.0.0.1:7577 or --listen [::1]:7577',
    });
  }
  return { host, port };
}

export const isLoopback = ({ host }: ListenAddress): boolean => /^127\./.test(host) || host === '::1';
