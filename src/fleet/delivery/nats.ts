// Connects to NATS JetStream, and opens the stream of windows.

import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { readSecret } from '../../files/read-secret.ts';
import { errorAt, WiretallyError } from '../../model/errors.ts';

const TIMEOUT_MS = 10_000;

export interface BrokerAccess {
  /** nats://USER@HOST:PORT or tls://USER@HOST:PORT, without a password. */
  readonly url: URL;
  readonly stream: string;
  readonly password: string | null;
  readonly credsFile: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

export interface Link {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
}

export interface BrokerConnection extends Link {
  /** Prefix of the subjects of windows; "." and the token of a sensor are appended. */
  readonly subject: string;
}

export function brokerName({ url, stream }: BrokerAccess): string {
  return `${url.protocol}//${url.username === '' ? '' : `${url.username}@`}${url.host}/${stream}`;
}

/** Opens a connection and the stream of windows. Throws BROKER_FAILED. */
export async function connectBroker(access: BrokerAccess): Promise<BrokerConnection> {
  const link = await connectTo(access);
  try {
    const subject = `${access.stream.toLowerCase()}.windows`;
    await ensureStream(link.manager, access.stream, subject);
    return { ...link, subject };
  } catch (cause) {
    await link.connection.close();
    throw brokerError(access, cause);
  }
}

/** Throws BROKER_FAILED if the broker is unreachable or refuses access. */
export async function connectTo(access: BrokerAccess): Promise<Link> {
  const { url, password, credsFile, caFile, certFile, keyFile } = access;
  const tlsFiles = { ca: caFile, cert: certFile, key: keyFile };
  const secrets: { readonly ca?: string; readonly cert?: string; readonly key?: string } = Object.fromEntries(
    Object.entries(tlsFiles).flatMap(([name, path]) =>
      path === null ? [] : [[name, readSecret(path, `option --tls-${name}`).toString('utf8')]],
    ),
  );
  const isTls = url.protocol === 'tls:' || Object.keys(secrets).length > 0;
  // The name to verify in the certificate: without it the client treats "localhost" as an address.
  const tls = { ...secrets, host: url.hostname.replace(/^\[|\]$/g, '') };
  let connection: NatsConnection | null = null;
  try {
    connection = await connect({
      servers: url.host,
      name: 'wiretally',
      timeout: TIMEOUT_MS,
      // No automatic reconnect: the caller reconnects with back-off and redelivers unacknowledged windows.
      reconnect: false,
      ...(url.username === '' ? {} : { user: decodeURIComponent(url.username), pass: password ?? '' }),
      ...(credsFile === null
        ? {}
        : { authenticator: credsAuthenticator(readSecret(credsFile, 'option --creds')) }),
      ...(isTls ? { tls } : {}),
    });
    return { connection, manager: await jetstreamManager(connection, { timeout: TIMEOUT_MS }) };
  } catch (cause) {
    await connection?.close();
    if (cause instanceof WiretallyError) throw cause;
    throw brokerError(access, cause);
  }
}

export function brokerError(access: BrokerAccess, cause: unknown): WiretallyError {
  const reason = findReason(cause);
  return errorAt('BROKER_FAILED', brokerName(access), reason, {
    cause,
    ...(/authori[sz]ation|authenticat|permission/.test(reason)
      ? { next: 'check the user, --password-file and --creds, and the permissions on the broker' }
      : {}),
  });
}

function findReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause instanceof JetStreamApiError && cause.code === 10_076)
    return 'JetStream is not enabled on the server';
  const inner = cause.cause instanceof Error ? ` (${cause.cause.message})` : '';
  return `${cause.message.toLowerCase()}${inner}`;
}

/**
 * Creates a missing stream. The broker stores windows until a collector acknowledges them; at its limit, the
 * broker rejects more, so that they remain in the spools. An existing stream is not changed.
 */
async function ensureStream(manager: JetStreamManager, name: string, subject: string): Promise<void> {
  try {
    await manager.streams.info(name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
    await manager.streams.add({
      name,
      subjects: [`${subject}.*`],
      retention: RetentionPolicy.Workqueue,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
    });
  }
}
