// Receivers of live findings: their file, what each is sent, and that no name from the network is markup in it.
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { receiverSink } from '../../../src/live/alerts/receiver-sinks.ts';
import {
  mailSecurity,
  parseReceivers,
  type Receiver,
  serverOfReceiver,
} from '../../../src/live/alerts/receivers-file.ts';
import { type Alert, MessageRefused, RetryLater } from '../../../src/live/alerts/sinks.ts';
import { WiretallyError } from '../../../src/model/errors.ts';

const HOSTILE =
  '<!channel> @all *x* [a](https://evil.example) `b` www.evil.example <img src=x>\r\nBcc: eve@evil.example';
const alertOf = (more: Partial<Alert> = {}, own: object = {}): Alert => ({
  ...{ id: 'AI-0710/2/10.20.1.13/claude-code/violation/2026-07-13', time: '2026-07-13T01:00:00.000000Z' },
  ...{ severity: 'high', subject: 'AI-0710/10.20.1.13/claude-code/2026-07-13' },
  text: `high: Claude Code used on 10.20.1.13 ${HOSTILE}`,
  line: JSON.stringify({
    wiretally: {
      type: 'finding',
      rule: 'AI-0710',
      host: HOSTILE,
      tool: 'claude-code',
      result: 'violation',
      ...own,
    },
  }),
  ...more,
});

interface Post {
  readonly path: string;
  readonly body: Record<string, unknown>;
}
let posts: Post[] = [];
let status = 200;
let retryAfter: string | null = null;
let redirection: string | null = null;
let web: Server;
let mails: string[] = [];
let commands: string[] = [];
let refusesMail = false;

/** RFC 5321, as far as a client that sends one message needs it; with a password it says nothing of TLS. */
const smtp = createTcpServer((socket) => {
  let data: string | null = null;
  let rest = '';
  const print = (line: string): void => void socket.write(`${line}\r\n`);
  print('220 loopback');
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    rest += bytes.toString('utf8');
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (data !== null) {
        if (line !== '.') data += `${line}\n`;
        else {
          mails.push(data);
          data = null;
          print('250 taken');
        }
        continue;
      }
      commands.push(line);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') socket.write('250-loopback\r\n250 AUTH PLAIN\r\n');
      else if (verb === 'DATA') {
        data = '';
        print('354 go on');
      } else if (verb === 'QUIT') {
        print('221 bye');
        socket.end();
      } else if (verb === 'AUTH') print('235 welcome');
      else if (verb === 'RCPT' && refusesMail) print('550 no such user: hunter2-password');
      else print('250 ok');
    }
  });
});

let httpPort = 0;
let smtpPort = 0;
beforeAll(async () => {
  web = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
      response
        .writeHead(status, {
          ...(retryAfter === null ? {} : { 'retry-after': retryAfter }),
          ...(redirection === null ? {} : { location: redirection }),
        })
        .end('secret-answer');
    });
  });
  await Promise.all([
    new Promise<void>((done) => web.listen(0, '127.0.0.1', done)),
    new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done)),
  ]);
  httpPort = (web.address() as AddressInfo).port;
  smtpPort = (smtp.address() as AddressInfo).port;
});
afterAll(() => {
  web.close();
  smtp.close();
});
beforeEach(() => {
  [posts, status, retryAfter, mails, commands, refusesMail] = [[], 200, null, [], [], false];
  redirection = null;
});

const receiver = (fields: object): Receiver => {
  const file = JSON.stringify({ receivers: [{ name: 'soc', ...fields }] });
  const [one] = parseReceivers(file, 'r.yaml');
  if (one === undefined) throw new Error('no receiver');
  return one;
};
const hook = (type: string, more: object = {}): Receiver =>
  receiver({ type, url: `http://127.0.0.1:${httpPort}/T0/secret-path`, ...more });
const mail = (more: object = {}): Receiver =>
  receiver({
    ...{ type: 'email', smtp: `smtp://127.0.0.1:${smtpPort}`, from: 'wiretally@example.com' },
    ...{ to: ['soc@example.com', 'night@example.com'], ...more },
  });

describe('a webhook', () => {
  it('of Slack gets plain text, in which nothing is a mention, a link or markup', async () => {
    await receiverSink(hook('slack')).send(alertOf());
    const [{ body } = { body: {} }] = posts;
    const text = JSON.stringify(body);
    expect(body).toMatchObject({ mrkdwn: false, blocks: [{ type: 'section' }, { type: 'section' }] });
    expect(text).toContain('&lt;!channel&gt;');
    expect(text).not.toMatch(/<!|"mrkdwn"(?!:false)|\\r|\\n/);
    expect(text.match(/"type":"plain_text"/g)?.length).toBeGreaterThan(5);
  });

  it('of Teams gets a card of text runs, which have no markup', async () => {
    await receiverSink(hook('teams')).send(alertOf());
    const text = JSON.stringify(posts[0]?.body);
    expect(text).toContain('application/vnd.microsoft.card.adaptive');
    expect(text).not.toContain('"TextBlock"');
    expect(text).toContain('{"type":"TextRun","text":"claude-code","weight":"Default"}');
  });

  it('of Mattermost gets Markdown in which names are code', async () => {
    await receiverSink(hook('mattermost')).send(alertOf());
    const text = String(posts[0]?.body.text);
    const [title = '', ...facts] = text.split('\n');
    expect(title).not.toMatch(/@all|:\/\/|www\.|(?<!\\)[*[`]|<img/);
    const host = facts.find((line) => line.startsWith('- Host: ')) ?? '';
    expect(host).toMatch(/^- Host: `[^`]*`$/);
    expect(text).not.toContain('\r');
  });

  it('of PagerDuty opens one incident for a finding of a day, and resolves it', async () => {
    const sink = receiverSink(hook('pagerduty', { routingKey: 'k'.repeat(32) }));
    await sink.send(alertOf());
    await sink.send(alertOf({ id: 'other', severity: 'info' }, { type: 'correction', result: null }));
    await sink.send(alertOf({ subject: 'x'.repeat(300), severity: 'critical' }));
    const [opened, resolved, long] = posts.map(({ body }) => body);
    expect(opened).toMatchObject({
      ...{ routing_key: 'k'.repeat(32), event_action: 'trigger' },
      dedup_key: 'AI-0710/10.20.1.13/claude-code/2026-07-13',
      payload: {
        severity: 'error',
        timestamp: '2026-07-13T01:00:00.000000Z',
        custom_details: { Rule: 'AI-0710' },
      },
    });
    expect(resolved).toEqual({
      ...{ routing_key: 'k'.repeat(32), event_action: 'resolve' },
      dedup_key: 'AI-0710/10.20.1.13/claude-code/2026-07-13',
    });
    expect(long).toMatchObject({ payload: { severity: 'critical' } });
    expect(String(long?.dedup_key)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('that refuses is tried later, at the time that it names, and its answer and address are not repeated', async () => {
    [status, retryAfter] = [429, '90'];
    const sink = receiverSink(hook('slack'));
    expect(sink.name).toBe('slack soc');
    const refusal = await sink.send(alertOf()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RetryLater);
    expect(refusal).toMatchObject({ message: 'answered 429', pauseMs: 90_000 });
    retryAfter = 'Wed, 21 Oct 2026 07:28:00 GMT';
    await expect(sink.send(alertOf())).rejects.toMatchObject({ pauseMs: 0 });
    const gone = receiverSink(receiver({ type: 'slack', url: 'http://127.0.0.1:1/T0/secret-path' }));
    await expect(gone.send(alertOf())).rejects.toThrow(/^not reached: (?!.*secret)/);
  });

  it.each([400, 413, 422])('that answers %i refuses this message, and no others', async (code) => {
    status = code;
    await expect(receiverSink(hook('slack')).send(alertOf())).rejects.toBeInstanceOf(MessageRefused);
  });

  it.each([301, 302, 307, 308])('that answers %i is not followed elsewhere', async (code) => {
    [status, redirection] = [code, `http://127.0.0.1:${httpPort}/elsewhere`];
    await expect(receiverSink(hook('teams')).send(alertOf())).rejects.toThrow(`answered ${code}`);
    expect(posts.map(({ path }) => path)).toEqual(['/T0/secret-path']);
  });

  it('gets findings from its severity on, and what becomes of those', async () => {
    const sink = receiverSink(hook('slack', { severity: 'high' }));
    await sink.send(alertOf({ severity: 'medium', subject: 'a' }));
    await sink.send(alertOf({ severity: 'info', subject: 'a' }));
    expect(posts).toEqual([]);
    await sink.send(alertOf({ subject: 'b' }));
    await sink.send(alertOf({ severity: 'info', subject: 'b' }));
    expect(posts).toHaveLength(2);
  });
});

describe('mail', () => {
  it('has the finding as text and as HTML, and no header from a name', async () => {
    await receiverSink(mail()).send(alertOf());
    await receiverSink(mail()).send(alertOf());
    const [one = '', two = ''] = mails;
    const [head = ''] = one.split('\n\n');
    const names = [...head.matchAll(/^([\w-]+):/gm)].map((match) => match[1]);
    expect(names).not.toContain('Bcc');
    expect(names).toEqual(expect.arrayContaining(['Subject', 'From', 'To', 'Auto-Submitted', 'Message-ID']));
    expect(commands.filter((line) => line.startsWith('RCPT')).slice(0, 2)).toEqual([
      'RCPT TO:<soc@example.com>',
      'RCPT TO:<night@example.com>',
    ]);
    expect(commands.join('\n')).not.toContain('evil');
    const idOf = (text: string): string | undefined => /^Message-ID: (.*)$/m.exec(text)?.[1];
    expect(idOf(one)).toBe(idOf(two));
    const html = one.slice(one.indexOf('text/html')).replaceAll('=3D', '=').replaceAll('=\n', '');
    expect(html).toContain('<th align="left">Tool</th><td>claude-code</td>');
    expect(html).toContain('&lt;img');
    expect(html).not.toContain('<img');
    expect(one).toContain('text/plain');
  });

  it('with a user logs in; a server elsewhere must offer TLS', async () => {
    await receiverSink(mail({ user: 'u', password: 'p' })).send(alertOf());
    expect(commands).toContain(`AUTH PLAIN ${Buffer.from('\0u\0p').toString('base64')}`);
    expect(serverOfReceiver(mail({ smtp: 'smtps://mail.example.com' }))).toEqual({
      ...{ host: 'mail.example.com', port: 465 },
    });
    expect(serverOfReceiver(mail({ smtp: 'smtp://mail.example.com' })).port).toBe(587);
    const securityOf = (smtp: string) => {
      const one = mail({ smtp });
      return one.type === 'email' ? mailSecurity(one) : null;
    };
    expect(securityOf('smtp://mail.example.com')).toEqual({ secure: false, requireTLS: true });
    expect(securityOf('smtps://mail.example.com')).toEqual({ secure: true, requireTLS: false });
    expect(securityOf('smtp://127.0.0.1:25')).toEqual({ secure: false, requireTLS: false });
  });

  it('that is refused repeats neither the answer nor the password', async () => {
    refusesMail = true;
    await expect(
      receiverSink(mail({ user: 'u', password: 'hunter2-password' })).send(alertOf()),
    ).rejects.toThrow(/^not sent: EENVELOPE 550$/);
  });
});

describe('a mail server that answers without end', () => {
  it('is given up after a time, and the connection to it is closed', async () => {
    let closed = 0;
    const endless = createTcpServer((socket) => {
      const drip = setInterval(() => socket.write('250-more\r\n'), 20);
      socket.on('error', () => undefined).on('data', () => undefined);
      socket.on('close', () => {
        clearInterval(drip);
        closed++;
      });
      socket.write('220 loopback\r\n');
    });
    await new Promise<void>((done) => endless.listen(0, '127.0.0.1', done));
    const { port } = endless.address() as AddressInfo;
    const sink = receiverSink(mail({ smtp: `smtp://127.0.0.1:${port}` }), 500);
    await expect(sink.send(alertOf())).rejects.toThrow('not sent: not accepted within 0.5 s');
    await vi.waitFor(() => expect(closed).toBe(1), { timeout: 5_000 });
    await new Promise((done) => endless.close(done));
  });
});

describe('a receivers file', () => {
  const url = 'https://hooks.slack.example/services/T0/B0/topsecret';
  const faultsOf = (text: string): string => {
    try {
      parseReceivers(text, 'r.yaml');
    } catch (error) {
      if (error instanceof WiretallyError && error.code === 'RECEIVERS_INVALID') return error.message;
      throw error;
    }
    return '';
  };

  it('is YAML, and has one of each kind', () => {
    const file = `receivers:
  - { name: soc, type: slack, url: "${url}", severity: high }
  - { name: pager, type: pagerduty, routingKey: 0123456789abcdef }
  - { name: mail, type: email, smtp: "smtps://mail.example:465", from: a@b.example, to: [c@d.example] }
`;
    expect(parseReceivers(file, 'r.yaml').map(serverOfReceiver)).toEqual([
      { host: 'hooks.slack.example', port: 443 },
      { host: 'events.pagerduty.com', port: 443 },
      { host: 'mail.example', port: 465 },
    ]);
  });

  it.each([
    ['a clear address', `{ name: a, type: slack, url: "http://topsecret.example/x" }`, 'https://'],
    ['an unknown kind', `{ name: a, type: sms, url: "${url}" }`, 'type'],
    ['an unknown key', `{ name: a, type: slack, url: "${url}", topic: x }`, 'topic'],
    [
      'a list as a mailbox',
      '{ name: a, type: email, smtp: "smtp://m.example", from: a@b, to: ["c@d, topsecret@f"] }',
      'mail address',
    ],
    [
      'a header as a mailbox',
      '{ name: a, type: email, smtp: "smtp://m.example", from: "a@b\\nBcc: topsecret@f", to: [c@d] }',
      'mail address',
    ],
    [
      'a password without a user',
      '{ name: a, type: email, smtp: "smtp://m.example", password: topsecret, from: a@b, to: [c@d] }',
      'go together',
    ],
    [
      'a user in the address',
      '{ name: a, type: email, smtp: "smtp://topsecret:x@m.example", from: a@b, to: [c@d] }',
      'without a user',
    ],
    ['a name that is none', `{ name: "a\\nb", type: slack, url: "${url}" }`, 'letters'],
    [
      'two of one name',
      `{ name: a, type: slack, url: "${url}" }\n  - { name: a, type: slack, url: "${url}" }`,
      'this name',
    ],
    ['no YAML', `{ name: a, type: slack, url: "${url}`, 'is not valid YAML'],
  ])('is refused with line and path, and no value is repeated: %s', (_name, entry, words) => {
    const faults = faultsOf(`receivers:\n  - ${entry}\n`);
    expect(faults).toContain(words);
    expect(faults).toMatch(/^r\.yaml:\d+:\d+: /);
    expect(faults).not.toContain('topsecret');
  });
});
