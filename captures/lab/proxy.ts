// The lab's proxy: CONNECT as administrators set it up, with the refusals of a fault. RFC 9110 §9.3.6.
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ProxyRule } from './faults.ts';
import type { LabNames } from './names.ts';

const MAX_HEAD_BYTES = 16_384;
const CHALLENGE = 'Proxy-Authenticate: Basic realm="lab"\r\n';

export function serveProxy(
  names: LabNames,
  {
    port,
    address,
    rules,
  }: { readonly port: number; readonly address: string; readonly rules: readonly ProxyRule[] },
): Promise<Server> {
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    let head = Buffer.alloc(0);
    const read = (data: Buffer): void => {
      head = Buffer.concat([head, data]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < MAX_HEAD_BYTES) return;
      client.off('data', read);
      answer(client, head.toString('latin1'), names, rules);
    };
    client.on('data', read);
  });
  return new Promise((resolve) => server.listen(port, address, () => resolve(server)));
}

function answer(client: Socket, head: string, names: LabNames, rules: readonly ProxyRule[]): void {
  const [, name = ''] = /^(?:CONNECT |[A-Z]+ http:\/\/)([^:/ ]+)[^ ]* HTTP/.exec(head) ?? [];
  const rule = rules.find(
    (one) =>
      new RegExp(one.name).test(name) && (one.head === undefined || new RegExp(one.head, 'i').test(head)),
  );
  const isLoggedIn = rule?.isLogin === true && /\r\nProxy-Authorization: /i.test(head);
  const status = name === '' ? 400 : isLoggedIn ? 200 : (rule?.status ?? 200);
  if (status === 0) {
    if (rule?.isEnded === true) client.end();
    return;
  }
  if (status !== 200) {
    const { body = '', delayMs = 0 } = rule ?? {};
    const head = `HTTP/1.1 ${status} Refused\r\n${status === 407 ? CHALLENGE : ''}Content-Length: ${body.length}\r\n\r\n`;
    setTimeout(() => client.end(head + body), delayMs);
    return;
  }
  const end = passThrough(client, names.addressOf(name), 'HTTP/1.1 200 Connection established\r\n\r\n');
  if (rule?.endAfterMs !== undefined) setTimeout(end, rule.endAfterMs);
}

/** Connects a client of a proxy to port 443 of a server, behind the answer that grants it. Returns how to end both. */
export function passThrough(client: Socket, address: string, granted: string | Buffer): () => void {
  const server = connect(443, address, () => {
    client.write(granted);
    client.pipe(server).pipe(client);
  });
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  server.on('error', end);
  client.on('error', end);
  return end;
}

/** What a browser or a setting fetches to find the proxy. */
export function servePac(address: string): Promise<HttpServer> {
  const text = `function FindProxyForURL(url, host) { return "PROXY ${address}:3128"; }\n`;
  const server = createHttpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ns-proxy-autoconfig' }).end(text);
  });
  return new Promise((resolve) => server.listen(80, address, () => resolve(server)));
}
