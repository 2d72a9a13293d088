// The lab server: any name over TLS, HTTP/1.1 and HTTP/2, with answers like those of vendors. Records sizes, never bodies.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { type Answer, answerTo, type Kind, PACE_MS } from './answers.ts';
import type { Authority } from './authority.ts';
import type { AnswerRule, UpgradeRule } from './faults.ts';
import type { LabNames } from './names.ts';

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

export interface ServerSettings {
  readonly port: number;
  readonly address: string;
  readonly isTelemetry: RegExp | null;
  /** Of requests to a model. */
  readonly answers?: AnswerRule;
  readonly upgrade?: UpgradeRule;
  /** Answers DNS over HTTPS (RFC 8484 §4.1). */
  readonly names?: LabNames;
}

export async function serveModels(authority: Authority, settings: ServerSettings): Promise<LabServer> {
  const { port, address, upgrade = { status: 426 } } = settings;
  const served: Served[] = [];
  const server = createSecureServer({
    allowHTTP1: true,
    SNICallback: (name, done) => done(null, authority.contextOf(name)),
  });
  server.on('request', (request, response) => {
    // A tool that leaves in the midst of an answer is no fault of the lab.
    serve(request, response, settings, served).catch(() => response.stream?.close());
  });
  // A WebSocket: tools that open one ask again over HTTP.
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    if ('status' in upgrade) socket.end(`HTTP/1.1 ${upgrade.status} Refused\r\nConnection: close\r\n\r\n`);
    if (!('endAfterMs' in upgrade)) return;
    socket.write(accepted(request.headers['sec-websocket-key'] ?? ''));
    socket.resume();
    setTimeout(() => socket.end(), upgrade.endAfterMs).unref();
  });
  server.on('sessionError', () => {});
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return { port: portOf(server), served, close: () => server.close() };
}

/** RFC 6455 §4.2.2. */
function accepted(key: string): string {
  const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  return `${head}Sec-WebSocket-Accept: ${proof}\r\n\r\n`;
}

const portOf = (server: Http2SecureServer): number => (server.address() as AddressInfo).port;

async function serve(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  { isTelemetry, answers, names }: ServerSettings,
  served: Served[],
): Promise<void> {
  const body = await bodyOf(request);
  const name = (request.authority || request.headers.host || '').replace(/:\d+$/, '');
  const { method, url: path, httpVersion: http } = request;
  const resolved = path === '/dns-query' ? names?.answer(body) : null;
  if (resolved !== null && resolved !== undefined) {
    response.writeHead(200, { 'content-type': 'application/dns-message' }).end(resolved);
    return;
  }
  const encoding = String(request.headers['content-encoding'] ?? 'identity');
  const asked = answerTo({ method, name, path, body: readable(body, encoding) }, isTelemetry);
  const rule = asked.kind === 'model' || answers?.isOfAll ? ruleFor(answers, served) : undefined;
  const answer = rule === undefined || rule.status === 200 ? asked : refusal(rule);
  const answerBytes = answer.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const [plain = ''] = path.split('?');
  served.push({
    name,
    method,
    path: plain,
    http,
    kind: asked.kind,
    bodyBytes: body.length,
    answerBytes,
    encoding,
  });
  if (rule?.delayMs !== undefined) await delay(rule.delayMs);
  response.writeHead(answer.status, { 'content-type': answer.type, ...rule?.headers });
  for (const [i, piece] of answer.pieces.entries()) {
    if (i > 0) await delay(PACE_MS);
    response.write(piece);
  }
  response.end();
}

/** The rule of a fault for the next request to a model. */
function ruleFor(rule: AnswerRule | undefined, served: readonly Served[]): AnswerRule | undefined {
  const { after = 0, times = Number.POSITIVE_INFINITY } = rule ?? {};
  const before = served.filter(({ kind }) => kind === 'model').length;
  return before >= after && before < after + times ? rule : undefined;
}

const refusal = ({ status, body = '' }: AnswerRule): Answer => ({
  ...{ kind: 'model', status, pieces: [body] },
  type: body.startsWith('<') ? 'text/html' : 'application/json',
});

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
