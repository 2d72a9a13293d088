import { createSocket } from 'node:dgram';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_REMEMBERED, MAX_WAITING, Outbox } from '../../../src/live/alerts/outbox.ts';
import {
  type Alert,
  type AlertSink,
  fileSink,
  MessageRefused,
  RetryLater,
  syslogMessage,
  syslogSink,
  webhookSink,
} from '../../../src/live/alerts/sinks.ts';
import { temporaryFolder } from '../../temporary.ts';

function alert(id: string): Alert {
  return {
    id,
    time: '2026-07-13T01:00:00.000000Z',
    severity: 'high',
    line: `{"id":"${id}"}`,
    text: `finding ${id}`,
  };
}

function journal(): string {
  return join(temporaryFolder('outbox'), 'outbox.ndjson');
}

function recorder(name: string, failures = 0): AlertSink & { readonly taken: string[] } {
  const taken: string[] = [];
  let left = failures;
  return {
    name,
    taken,
    async send(item) {
      if (left > 0) {
        left--;
        throw new Error('away');
      }
      taken.push(item.id);
    },
  };
}

function openBox(file: string, sinks: readonly AlertSink[], pauses: number[] = []): Outbox {
  return new Outbox({
    file,
    sinks,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    onTrouble: () => {},
  });
}

async function emptied(box: Outbox): Promise<void> {
  while (box.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('the outbox', () => {
  it('sends each finding once to every sink, in order', async () => {
    const [a, b] = [recorder('a'), recorder('b')];
    const box = openBox(journal(), [a, b]);
    await box.open();
    for (const id of ['1', '2', '1', '3']) await box.add(alert(id));
    await emptied(box);
    await box.close();
    expect(a.taken).toEqual(['1', '2', '3']);
    expect(b.taken).toEqual(['1', '2', '3']);
  });

  it('tries again with growing pauses', async () => {
    const pauses: number[] = [];
    const sink = recorder('a', 3);
    const box = openBox(journal(), [sink], pauses);
    await box.open();
    await box.add(alert('1'));
    await emptied(box);
    await box.close();
    expect(sink.taken).toEqual(['1']);
    expect(pauses).toEqual([1000, 2000, 4000]);
  });

  it('waits as long as a receiver asks for, within the longest pause', async () => {
    const pauses: number[] = [];
    const asked = [90_000, 0, 9_000_000];
    const sink: AlertSink = {
      name: 'a',
      async send() {
        const next = asked.shift();
        if (next !== undefined) throw new RetryLater('answered 429', next);
      },
    };
    const box = openBox(journal(), [sink], pauses);
    await box.open();
    await box.add(alert('1'));
    await emptied(box);
    await box.close();
    expect(pauses).toEqual([90_000, 2000, 300_000]);
  });

  it('sends the others before a message that a receiver refuses, and keeps the order of a subject', async () => {
    const taken: string[] = [];
    let refusals = 0;
    const sink: AlertSink = {
      name: 'a',
      async send({ id }) {
        if (id === '1' && refusals++ < 3) throw new MessageRefused('answered 400');
        taken.push(id);
      },
    };
    const box = openBox(journal(), [sink]);
    const added = [alert('1'), alert('2'), alert('3'), alert('4')].map((each) =>
      each.id === '1' || each.id === '3' ? { ...each, subject: 's' } : each,
    );
    for (const each of added) await box.add(each);
    await box.open();
    await emptied(box);
    await box.close();
    expect(taken).toEqual(['2', '4', '1', '3']);
    expect(box.dropped).toBe(0);
  });

  it('sends after a restart what was not taken before it, and nothing that was', async () => {
    const file = journal();
    const dead = recorder('a', Number.POSITIVE_INFINITY);
    const alive = recorder('b');
    const pausing = new Outbox({
      file,
      sinks: [dead, alive],
      pause: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      onTrouble: () => {},
    });
    await pausing.open();
    await pausing.add(alert('1'));
    await pausing.add(alert('2'));
    while (alive.taken.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await pausing.close();
    appendFileSync(file, '{"alert":{"id":"3","ti');

    const [again, other] = [recorder('a'), recorder('b')];
    const box = openBox(file, [again, other]);
    await box.open();
    await emptied(box);
    expect(await box.add(alert('1'))).toBe(false);
    await box.close();
    expect(again.taken).toEqual(['1', '2']);
    expect(other.taken).toEqual([]);
  });
});

describe('the outbox of a receiver that is away', () => {
  it('has a journal that does not grow with what was given up, and keeps what waits', async () => {
    const file = journal();
    const [away, there] = [recorder('a', Number.POSITIVE_INFINITY), recorder('b')];
    const pausing = new Outbox({
      file,
      sinks: [away, there],
      pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
      onTrouble: () => {},
    });
    await pausing.open();
    await pausing.add(alert('first'));
    // As earlier runs wrote them.
    appendFileSync(file, `${JSON.stringify({ sent: 'old', sink: 'b' })}\n`.repeat(9_990));
    await pausing.close();
    const box = openBox(file, []);
    await box.open();
    await Promise.all(Array.from({ length: 20 }, (_, i) => box.add(alert(String(i)))));
    await box.close();
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(100);
    const again = recorder('a');
    const next = openBox(file, [again]);
    await next.open();
    await emptied(next);
    expect(await next.add(alert('first'))).toBe(false);
    await next.close();
    expect(again.taken).toEqual(['first']);
  });

  it('gives up the oldest findings above a ceiling, and counts them', async () => {
    const pausing = new Outbox({
      file: journal(),
      sinks: [recorder('a', Number.POSITIVE_INFINITY)],
      pause: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      onTrouble: () => {},
    });
    await pausing.open();
    await Promise.all(Array.from({ length: MAX_WAITING + 2 }, (_, i) => pausing.add(alert(String(i)))));
    expect([pausing.waiting, pausing.dropped]).toEqual([MAX_WAITING, 2]);
    await pausing.close();
  });

  it('knows the latest ids alone', async () => {
    const box = openBox(journal(), []);
    await box.open();
    await Promise.all(Array.from({ length: MAX_REMEMBERED + 1 }, (_, i) => box.add(alert(String(i)))));
    expect(await box.add(alert('1'))).toBe(false);
    expect(await box.add(alert('0'))).toBe(true);
    await box.close();
  });
});

describe('a sink', () => {
  it('posts to a webhook and takes only 2xx for an answer', async () => {
    const bodies: string[] = [];
    let status = 503;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const sink = webhookSink(
      `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/hook`,
    );
    await expect(sink.send(alert('1'))).rejects.toThrow(/503/);
    status = 204;
    await sink.send(alert('1'));
    expect(bodies).toEqual(['{"id":"1"}', '{"id":"1"}']);
    await new Promise((resolve) => server.close(resolve));
  });

  it('speaks syslog over UDP and TCP', async () => {
    const udp = createSocket('udp4');
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const datagram = new Promise<string>((resolve) =>
      udp.once('message', (message) => resolve(message.toString())),
    );
    await syslogSink(`udp://127.0.0.1:${udp.address().port}`).send(alert('1'));
    expect(await datagram).toMatch(
      /^<83>1 2026-07-13T01:00:00\.000000Z \S+ wiretally \d+ finding - \uFEFF\{"id":"1"\}$/,
    );
    udp.close();

    const frames = new Promise<string>((resolve) => {
      const server = createTcpServer((socket) => {
        let text = '';
        socket.on('data', (piece) => {
          text += piece;
        });
        socket.on('end', () => {
          server.close();
          resolve(text);
        });
      }).listen(0, '127.0.0.1', () => {
        const address = server.address();
        const port = address !== null && typeof address === 'object' ? address.port : 0;
        syslogSink(`tcp://127.0.0.1:${port}`).send(alert('2'));
      });
    });
    const text = await frames;
    const length = Buffer.byteLength(syslogMessage(alert('2')));
    expect(text.startsWith(`${length} <83>1 `)).toBe(true);
  });

  it('appends lines to a file', async () => {
    const file = journal();
    await fileSink(file).send(alert('1'));
    await fileSink(file).send(alert('2'));
    expect(readFileSync(file, 'utf8')).toBe('{"id":"1"}\n{"id":"2"}\n');
  });

  it.each(['siem.example', 'ftp://siem.example', 'udp//x'])('is refused for %s', (target) => {
    expect(() => webhookSink(target)).toThrow(/is not a valid destination/);
    expect(() => syslogSink(target)).toThrow(/is not a valid destination/);
  });
});
