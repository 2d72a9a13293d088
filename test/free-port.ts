// A port for a server that cannot choose one itself.

import { createServer } from 'node:net';

/** Below those that the kernel gives to connections (ip_local_port_range): no other program gets one by chance. */
const FIRST = 20_000;
const COUNT = 12_000;

let tried = process.pid * 37;

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

/** Each call gives another one. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < COUNT; i++) {
    const port = FIRST + (tried++ % COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}
