// Access control: only this machine, or clients with a token, over TLS. Every fault is reported before the server listens.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { causeRefusal, readGuarded } from '../../files/read-bounded.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';
import { Credentials } from '../../web/guard/credentials.ts';
import type { TrustedProxy } from '../../web/guard/visitors.ts';
import type { TlsKeys } from '../../web/listen.ts';
import { isLoopback, type ListenOptions } from './listen-options.ts';

const MAX_BYTES = 1 << 20;
const OPEN_TO_OTHERS = 0o077;

export interface Access {
  readonly credentials: Credentials | null;
  readonly tls: TlsKeys | null;
  readonly proxy: TrustedProxy | null;
}

/** Throws USAGE. */
export function readAccess(options: ListenOptions, now = Date.now()): Access {
  const { listen, tlsCert, tlsKey, accessTokens, clientCa, proxyTokenFile } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw optionError('--tls-cert', 'a certificate requires its key', 'pass --tls-cert and --tls-key');
  if (clientCa !== undefined && tlsCert === undefined)
    throw optionError('--client-ca', 'client certificates require TLS', 'add --tls-cert and --tls-key');
  const isKnown = [accessTokens, clientCa, proxyTokenFile].some((file) => file !== undefined);
  if (!isLoopback(listen) && (tlsCert === undefined || !isKnown)) {
    throw optionError(
      '--listen',
      `${listen.host}: clients on other machines could connect without authentication`,
      'add --tls-cert, --tls-key and --access-tokens or --client-ca, or listen on 127.0.0.1 or ::1',
    );
  }
  const credentials = accessTokens === undefined ? null : readTokens(accessTokens);
  return {
    credentials,
    tls:
      tlsCert === undefined || tlsKey === undefined ? null : readKeys(tlsCert, tlsKey, clientCa ?? null, now),
    proxy: trustedProxy(options, credentials),
  };
}

/** Throws USAGE for a user without a token; a trusted proxy may name any user. `option`: the option that names the users. */
export function requireTokens(
  option: string,
  users: Iterable<string>,
  { credentials, proxy }: Pick<Access, 'credentials' | 'proxy'>,
): void {
  if (credentials === null || proxy !== null) return;
  const unknown = [...users].find((name) => !credentials.names.has(name));
  if (unknown !== undefined)
    throw optionError(option, `${unknown} has no token`, 'add a line "name token" to the token file');
}

/** Headers with another meaning, which cannot contain the user name. */
const TAKEN =
  /^(?:authorization|cookie|host|connection|content-.*|transfer-encoding|origin|referer|sec-.*|forwarded|x-forwarded-(?:for|host|proto))$/;

function trustedProxy(
  { trustedUserHeader, proxyTokenFile }: ListenOptions,
  credentials: Credentials | null,
): TrustedProxy | null {
  if (trustedUserHeader === undefined) {
    if (proxyTokenFile === undefined) return null;
    throw optionError(
      '--proxy-token-file',
      'no trusted proxy header is set',
      'add --trusted-user-header HEADER',
    );
  }
  const header = trustedUserHeader.toLowerCase();
  if (!/^[a-z][a-z0-9-]{2,63}$/.test(header) || TAKEN.test(header))
    throw optionError(
      '--trusted-user-header',
      `"${trustedUserHeader}" cannot be used as the header of a trusted proxy`,
      'use for example X-Forwarded-User',
    );
  if (proxyTokenFile === undefined)
    throw optionError(
      '--trusted-user-header',
      'any program that can connect could set this header',
      'add --proxy-token-file FILE, and let the proxy send "Authorization: Bearer TOKEN"',
    );
  const text = readToken(proxyTokenFile);
  if (credentials !== null && credentials.findUser(`Bearer ${text}`) !== null)
    throw optionError(
      '--proxy-token-file',
      `${proxyTokenFile}: a line of the token file has the same token`,
      'set a separate token for the proxy, for example from "openssl rand -hex 32"',
    );
  return { header, token: Credentials.parse(`proxy ${text}`) };
}

function readToken(file: string): string {
  requireClosed('--proxy-token-file', file);
  const text = read('--proxy-token-file', file).toString('utf8').trim();
  // The message does not repeat the text, because it is a secret.
  if (!/^[\x21-\x7e]{32,512}$/.test(text))
    throw optionError(
      '--proxy-token-file',
      `${file}: must contain one token of 32 to 512 characters`,
      'use one line, for example from "openssl rand -hex 32"',
    );
  return text;
}

function readTokens(file: string): Credentials {
  requireClosed('--access-tokens', file);
  try {
    return Credentials.parse(read('--access-tokens', file).toString('utf8'));
  } catch (cause) {
    if (cause instanceof WiretallyError || !(cause instanceof Error)) throw cause;
    const next = 'use lines of "name token", with tokens for example from "openssl rand -hex 32"';
    throw optionError('--access-tokens', `${file}: ${cause.message}`, next);
  }
}

function readKeys(certFile: string, keyFile: string, caFile: string | null, now: number): TlsKeys {
  requireClosed('--tls-key', keyFile);
  const keys = { cert: read('--tls-cert', certFile), key: read('--tls-key', keyFile) };
  requireCertificate('--tls-cert', certFile, keys.cert, now);
  if (!isPair(keys))
    throw optionError(
      '--tls-key',
      `${keyFile}: is not the key of ${certFile}`,
      'pass the key of the certificate as PEM, without a passphrase',
    );
  const clientCa = caFile === null ? null : read('--client-ca', caFile);
  if (caFile !== null && clientCa !== null) requireCertificate('--client-ca', caFile, clientCa, now);
  return { ...keys, clientCa };
}

/** A key of another algorithm than the certificate is accepted by OpenSSL, but every connection fails. */
function isPair(keys: Pick<TlsKeys, 'cert' | 'key'>): boolean {
  try {
    createSecureContext(keys);
    return new X509Certificate(keys.cert).checkPrivateKey(createPrivateKey(keys.key));
  } catch {
    return false;
  }
}

function requireCertificate(option: string, file: string, bytes: Buffer, now: number): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(bytes);
  } catch {
    throw optionError(
      option,
      `${file}: contains no certificate`,
      'pass a PEM file with the server certificate first',
    );
  }
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now > to) throw optionError(option, `${file}: has expired, on ${certificate.validTo}`, 'renew it');
  if (now < from)
    throw optionError(option, `${file}: is not valid before ${certificate.validFrom}`, 'check the clock');
}

function read(option: string, file: string): Buffer {
  try {
    return readGuarded(file, MAX_BYTES);
  } catch (cause) {
    throw optionError(
      option,
      `${file}: cannot be read: ${causeRefusal(cause)}`,
      'pass a file that this user can read',
    );
  }
}

/** Refuses the file of a secret that other users can read. */
function requireClosed(option: string, file: string): void {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & OPEN_TO_OTHERS) !== 0)
    throw optionError(option, `${file}: readable for other users`, `chmod 600 ${file}`);
}
