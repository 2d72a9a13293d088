// Credentials for a ClickHouse server and its CA bundle: from the environment, and from files
// named there, never from the command line.

import { Agent } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { ClickHouseClientConfigOptions } from '@clickhouse/client';
import { readPassword } from '../../files/read-password.ts';
import { readSecret } from '../../files/read-secret.ts';
import { WiretallyError } from '../../model/errors.ts';
import { type ClickhouseAddress, PASSWORD, PASSWORD_FILE, TLS_CA, TLS_CERT, TLS_KEY } from './address.ts';

/** Maximum concurrent requests per process. */
export const MAX_CONNECTIONS = 2;

type Secrets = Pick<ClickHouseClientConfigOptions, 'password' | 'tls' | 'http_agent'>;

/** Throws USAGE. */
export function secretsFor(address: ClickhouseAddress, env: NodeJS.ProcessEnv): Secrets {
  const passwordFile = env[PASSWORD_FILE] ?? '';
  const password = passwordFile === '' ? (env[PASSWORD] ?? '') : readPassword(passwordFile, PASSWORD_FILE);
  const [ca, cert, key] = [TLS_CA, TLS_CERT, TLS_KEY].map((name) => pemIn(env, name));
  if (ca === undefined && cert === undefined && key === undefined) return { password };
  if (!address.url.startsWith('https:')) {
    const what = `${address.name}: certificates are named, and this address is one without TLS`;
    throw new WiretallyError('USAGE', what, { next: 'write clickhouses://, or unset WIRETALLY_STORE_TLS_*' });
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new WiretallyError('USAGE', 'a certificate and its key go together', {
      where: TLS_CERT,
      next: `set ${TLS_CERT} and ${TLS_KEY}`,
    });
  }
  const shown = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  requireFitting(shown, env);
  if (cert !== undefined && key !== undefined && password === '') {
    // The server identifies the user by the certificate.
    return { password, tls: { ca_cert: ca ?? Buffer.from(rootCertificates.join('\n')), cert, key } };
  }
  return { password, http_agent: new Agent({ ...shown, keepAlive: true, maxSockets: MAX_CONNECTIONS }) };
}

function pemIn(env: NodeJS.ProcessEnv, name: string): Buffer | undefined {
  const file = env[name] ?? '';
  return file === '' ? undefined : readSecret(file, name);
}

function requireFitting(shown: Parameters<typeof createSecureContext>[0], env: NodeJS.ProcessEnv): void {
  try {
    createSecureContext(shown);
  } catch (cause) {
    const names = [TLS_CA, TLS_CERT, TLS_KEY].filter((name) => (env[name] ?? '') !== '');
    const files = names.map((name) => `${name} (${env[name]})`).join(', ');
    throw new WiretallyError(
      'USAGE',
      `${files}: no certificates, or a key that is not that of the certificate`,
      {
        cause,
        next: 'give PEM files, the key without a pass phrase',
      },
    );
  }
}
