// The lab server: any name over TLS, HTTP/1.1 and HTTP/2, with answers like those of vendors. Records sizes, never bodies.
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { answerTo, type Kind, PACE_MS } from './answers.ts';
import type { Authority } from './authority.ts';

/** One request, as the truth has it. */
export interface Served {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly http: string;
  readonly kind: Kind;
  readonly bodyBytes: number;
  readonly answerBytes: number;
  /** Content-Encoding of the body; "identity" without one. */
  readonly encoding: string;
}

const MAX_BODY_BYTES = 64 << 20;

export interface LabServer {
  readonly port: number;
  readonly served: readonly Served[];
  close(): void;
}

export async function serveModels(
  authority: Authority,
  {
    port,
    address,
    isTelemetry,
  }: { readonly port: number; readonly address: string; readonly isTelemetry: RegExp | null },
): Promise<LabServer> {
  const served: Served[] = [];
  const server = createSecureServer({
    allowHTTP1: true,
    SNICallback: (name, done) => done(null, authority.contextOf(name)),
  });
  server.on('request', (request, response) => {
    // A tool that leaves in the midst of an answer is no fault of the lab.
    serve(request, response, isTelemetry, served).catch(() => response.stream?.close());
  });
  // A WebSocket: tools that open one ask again over HTTP.
  server.on('upgrade', (_request: unknown, socket: Socket) =>
    socket.end('HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\n\r\n'),
  );
  server.on('sessionError', () => {});
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return { port: portOf(server), served, close: () => server.close() };
}

const portOf = (server: Http2SecureServer): number => (server.address() as AddressInfo).port;

async function serve(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  isTelemetry: RegExp | null,
  served: Served[],
): Promise<void> {
  const body = await bodyOf(request);
  const name = (request.authority || request.headers.host || '').replace(/:\d+$/, '');
  const { method, url: path, httpVersion: http } = request;
  const encoding = String(request.headers['content-encoding'] ?? 'identity');
  const answer = answerTo({ method, name, path, body: readable(body, encoding) }, isTelemetry);
  const answerBytes = answer.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const [plain = ''] = path.split('?');
  served.push({
    name,
    method,
    path: plain,
    http,
    kind: answer.kind,
    bodyBytes: body.length,
    answerBytes,
    encoding,
  });
  response.writeHead(answer.status, { 'content-type': answer.type });
  for (const [i, piece] of answer.pieces.entries()) {
    if (i > 0) await delay(PACE_MS);
    response.write(piece);
  }
  response.end();
}

async function bodyOf(request: Http2ServerRequest): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('a body is too large for the lab');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const DECODERS: Readonly<Record<string, ((body: Buffer) => Buffer) | undefined>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Whether it requests a stream; unreadable bodies do not. */
function readable(body: Buffer, encoding: string): string {
  try {
    return (DECODERS[encoding]?.(body) ?? body).toString('utf8');
  } catch {
    // Counted all the same.
    return '';
  }
}
