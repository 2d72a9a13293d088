// The lab's SOCKS proxy, with the refusals of a fault: SOCKS 4 and 4a, SOCKS 5 (RFC 1928, RFC 1929).
import { createServer, type Server, type Socket } from 'node:net';
import type { SocksRule } from './faults.ts';
import type { LabNames } from './names.ts';
import { passThrough } from './proxy.ts';

const LOGIN = 2;
const NO_METHOD = 255;
const BY_NAME = 3;
const BY_IP6 = 4;

export function serveSocks(
  names: LabNames,
  { port, address, rule }: { readonly port: number; readonly address: string; readonly rule: SocksRule },
): Promise<Server> {
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    void talk(client, names, rule).catch(() => client.destroy());
  });
  return new Promise((resolve) => server.listen(port, address, () => resolve(server)));
}

const next = (client: Socket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    client.once('data', resolve);
    client.once('close', reject);
  });

/** Clients send each message in one segment. */
async function talk(client: Socket, names: LabNames, rule: SocksRule): Promise<void> {
  const first = await next(client);
  if (first[0] === 4) return answer4(client, first, names, rule);
  const { method = 0 } = rule;
  client.write(Buffer.from([5, method]));
  if (method === NO_METHOD) return void client.end();
  if (method === LOGIN) {
    await next(client);
    client.write(Buffer.from([1, rule.isLoginRefused === true ? 1 : 0]));
    if (rule.isLoginRefused === true) return void client.end();
  }
  const request = await next(client);
  const type = request[3];
  const target =
    type === BY_NAME
      ? request.toString('latin1', 5, 5 + (request[4] ?? 0))
      : type === BY_IP6
        ? ''
        : [...request.subarray(4, 8)].join('.');
  if (rule.isSilent === true) return;
  const reply = findReply(target, rule) ?? 0;
  const granted = Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (reply !== 0) return void client.end(granted);
  passThrough(client, type === BY_NAME ? names.addressOf(target) : target, granted);
}

function answer4(client: Socket, request: Buffer, names: LabNames, rule: SocksRule): void {
  const address = [...request.subarray(4, 8)].join('.');
  const isNamed = address.startsWith('0.0.0.');
  const [, name = ''] = request.toString('latin1', 8).split('\0');
  const target = isNamed ? name : address;
  if (rule.isSilent === true) return;
  const reply = findReply(target, rule) ?? 90;
  const answer = Buffer.from([0, reply, 0, 0, 0, 0, 0, 0]);
  if (reply !== 90) return void client.end(answer);
  passThrough(client, isNamed ? names.addressOf(name) : address, answer);
}

const findReply = (target: string, { replies = {} }: SocksRule): number | undefined =>
  Object.entries(replies).find(([pattern]) => new RegExp(pattern).test(target))?.[1];
