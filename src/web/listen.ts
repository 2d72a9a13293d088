// Listens for clients and disconnects slow ones: the only sockets of the pages.

import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { WiretallyError } from '../model/errors.ts';
import { type Connections, HEALTH_PATHS, MAX_CONNECTIONS } from './guard/connections.ts';
import type { WebEnv } from './guard/visitors.ts';

export interface ListenAddress {
  /** An address, without brackets. */
  readonly host: string;
  /** Port; 0 means any free port. */
  readonly port: number;
}

export interface TlsKeys {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Authority of client certificates: connections without one are refused. Null: no certificate is required. */
  readonly clientCa: string | Buffer | null;
}

/** Time limits for the head and the complete request, in milliseconds. */
const HEAD_MS = 5_000;
const REQUEST_MS = 10_000;
/** Idle timeout of a connection. Events of live pages are sent more often. */
const IDLE_MS = 30_000;
const BETWEEN_REQUESTS_MS = 5_000;
const POLL_EVERY_MS = 1_000;
const MAX_HEAD_BYTES = 16_384;
const MAX_REQUESTS_OF_CONNECTION = 1_000;

export interface Listening {
  /** Address of the server: http://127.0.0.1:7577 */
  readonly url: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Throws LISTEN_FAILED. */
export async function listen(
  app: Hono<WebEnv>,
  address: ListenAddress,
  tls: TlsKeys | null,
  connections: Connections,
): Promise<Listening> {
  const options: ServerOptions = {
    headersTimeout: HEAD_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: BETWEEN_REQUESTS_MS,
    connectionsCheckingInterval: POLL_EVERY_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
  };
  // The adapter must not replace the globals of Node.
  const answerAll = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const answer: RequestListener = (request, response) => {
    const isOfReserve = connections.isOfReserve(request.socket);
    if (isOfReserve) response.shouldKeepAlive = false;
    if (!isOfReserve || HEALTH_PATHS.has(request.url ?? '')) {
      void answerAll(request, response);
      return;
    }
    response.writeHead(503, { Connection: 'close', 'Content-Type': 'text/plain' });
    response.end('too many connections are open: close others, and ask again\n');
  };
  const server: Server =
    tls === null
      ? createServer(options, answer)
      : createTlsServer({ ...options, ...tlsOptions(tls), handshakeTimeout: HEAD_MS }, answer);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket: Socket) => connections.take(socket));
  server.maxRequestsPerSocket = MAX_REQUESTS_OF_CONNECTION;
  server.timeout = IDLE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(notListening(address, cause)));
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    url: `${tls === null ? 'http' : 'https'}://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tlsOptions({ cert, key, clientCa }: TlsKeys) {
  const asking = clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { cert, key, minVersion: 'TLSv1.2', ...asking } as const;
}

function notListening({ host, port }: ListenAddress, cause: NodeJS.ErrnoException): WiretallyError {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const words: Readonly<Record<string, readonly [what: string, next: string]>> = {
    EADDRINUSE: [
      'the port is in use by another program',
      `use another port; ss -ltnp "sport = :${port}" prints the process that uses it`,
    ],
    EADDRNOTAVAIL: ['this machine does not have the address', '"ip address" lists its addresses'],
    EACCES: ['ports below 1024 require a privilege', 'use a port from 1024 on'],
  };
  const [what, next] = words[cause.code ?? ''] ?? [cause.message, 'use another address'];
  return new WiretallyError('LISTEN_FAILED', `${place}: ${what}`, { cause, where: 'option --listen', next });
}
