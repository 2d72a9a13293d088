// The page of a diagnosis: what an administrator copies from it; and its text for a terminal.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { renderDiagnosis } from '../../../src/report/diagnosis/render-diagnosis.ts';
import { numbersAt } from '../cell-numbers.ts';

const AT_US = 1_790_000_000_000_000;
const PROHIBITED = 3 * 256 + 13;
const known = { toolsOf: () => [], isModel: () => false, isMixed: () => false, runtimeOf: () => null };

function cell(kind: OutcomeCell['kind'], more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: '10.1.0.5', name: 'api.openai.com', server: '192.0.2.9', port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(AT_US, 0), count: 4, ...more };
}

const page = (...cells: readonly OutcomeCell[]): Promise<string> =>
  renderDiagnosis('html', diagnose(cells, [], known), 'Europe/Berlin', { width: 80 });
const other = { name: 'chatgpt.com', server: '192.0.2.7' };
const elsewhere = cell('served', {
  ...{ name: 'github.com', server: '192.0.2.8', handshakeMinUs: 30_000 },
  ...{ handshakeTtlMin: 52, handshakeTtlMax: 54 },
});
const resolver = { server: '10.1.0.1', port: 53 };

describe('the capture filter matches the evidence', () => {
  it('of ICMP messages from a device', async () => {
    const silent = cell('synSilent', { value: 4 });
    expect(await page(cell('icmp', { detail: PROHIBITED, by: '10.1.0.1' }), silent, elsewhere)).toContain(
      '>host 10.1.0.5 and (host 192.0.2.9 or (icmp and host 10.1.0.1))<',
    );
    const ip6 = { host: '2001:db8::5', server: '2001:db8::9' };
    const message = cell('icmp', { ...ip6, detail: PROHIBITED, by: '2001:db8::1' });
    expect(
      await page(message, cell('synSilent', { ...ip6, value: 4 }), { ...elsewhere, host: ip6.host }),
    ).toContain('>host 2001:db8::5 and (host 2001:db8::9 or (icmp6 and host 2001:db8::1))<');
  });

  it('of a lost full-size packet, which a router may report', async () => {
    expect(await page(cell('helloFrontLost', { value: 9 }))).toContain(
      '>host 10.1.0.5 and (host 192.0.2.9 or icmp)<',
    );
  });

  it('of a proxy that is bypassed', async () => {
    const used = cell('served', { server: '10.1.0.3', port: 3128, proxied: 4, firstUs: AT_US + 9_000_000 });
    expect(await page(cell('synSilent', { value: 24 }), used)).toContain(
      '>host 10.1.0.5 and (host 192.0.2.9 or host 10.1.0.3)<',
    );
  });

  it('of IPv6 servers of a host that is known by its IPv4 address', async () => {
    const ip6 = cell('synSilent', { server: '2001:db8::9', value: 4 });
    const text = await page(ip6, cell('served', { handshakeMinUs: 30_000 }), elsewhere);
    expect(text).toContain('ipv6-broken');
    expect(text).toContain('>host 2001:db8::9<');
    expect(text).toContain('\nTest: curl -6 --connect-timeout 10 -sv -o /dev/null https://api.openai.com/');
    const both = await page(ip6, cell('synSilent', { value: 4 }), elsewhere);
    expect(both).toContain('>(host 10.1.0.5 and host 192.0.2.9) or host 2001:db8::9<');
  });

  it('of a resolver, and the test asks it', async () => {
    const text = await page(
      cell('dnsZero', { ...resolver, by: '0.0.0.0' }),
      cell('dnsZero', { ...resolver, detail: 28, by: '::' }),
    );
    expect(text).toContain('>host 10.1.0.5 and (host 10.1.0.1 and port 53)<');
    expect(text).toContain('\nTest: dig @10.1.0.1 api.openai.com');
    expect(text).toContain('\nResolver: 10.1.0.1:53\n');
    expect(text).toContain('10.1.0.1 answered 8 DNS queries with 0.0.0.0 or ::, and no connection followed');
    expect(text).toContain('4 DNS queries with this sequence');
  });
});

it('the change comes with its place and the client', async () => {
  const text = await page(cell('connectStatus', { detail: 403, server: '10.1.0.3', port: 3128, proxied: 4 }));
  expect(text).toContain(
    '<dt>What to change</dt><dd><p>On the proxy 10.1.0.3:3128 add to the allow list for the client 10.1.0.5: api.openai.com.</p></dd><dt>Where</dt><dd>Proxy <span class="mono">10.1.0.3:3128</span>: the fault is here</dd><dt>Client</dt><dd><span class="mono">10.1.0.5</',
  );
});

it('a proxy that does not accept connections is no provider, and what else it may be fits the packets', async () => {
  const proxy = { name: 'proxy.corp.example', server: '10.1.0.3', port: 3128 };
  const text = await page(cell('synReset', proxy));
  expect(text).toContain(
    '</b><span class="mono">proxy.<wbr>corp.<wbr>example, 10.<wbr>1.<wbr>0.<wbr>3:<wbr>3128</span><span>the fault is here',
  );
  expect(text).toContain('<b>Provider</b><span class="soft">no address in these packets</span>');
  expect(text).toContain('<li>A device between client and server resets connections to proxy.corp.example.');
  for (const other of ['dropped without an answer', 'does not exist']) expect(text).not.toContain(other);
});

it('an ICMP message has its time after the SYN, and a step that was not measured has none', async () => {
  const message = { detail: PROHIBITED, by: '10.1.0.1' };
  const measured = await page(cell('icmp', { ...message, delayMinUs: 1_900 }), elsewhere);
  expect(measured).toContain('0 ms SYN; 1.9 ms ICMP administratively prohibited</desc>');
  expect(measured).not.toContain('was not measured');
  expect(await page(cell('icmp', message), elsewhere)).toContain('A step without a time was not measured.');
});

it('a router that ends a loop is on the path, and a resolver that answered is not unknown', async () => {
  const exceeded = cell('icmp', { detail: 11 * 256, by: '10.1.0.254' });
  const answered = cell('dnsAnswered', { server: '10.1.0.1', port: 53, detail: 1 });
  const text = await page(exceeded, cell('synSilent', { value: 4 }), answered, elsewhere);
  expect(text).toMatch(/Path<\/b><span class="mono">10\.<wbr>1\.<wbr>0\.<wbr>254<\/span>/);
  expect(text).toContain('<b>Resolver</b><span class="soft">seen, not at fault</span>');
});

it('all outcomes of a name are listed with counts and times, and what is not shown is stated', async () => {
  const text = await page(
    cell('synSilent', { value: 24 }),
    cell('served', { count: 2, proxied: 2, lastUs: AT_US + 60_000_000 }),
  );
  expect(text).toMatch(
    /<th scope="row">SYN without an answer<\/th><td class="n" data-l="Count">4<\/td><td data-l="First">2026-09-21 16:13:20</,
  );
  expect(text).toMatch(
    /<th scope="row">Request answered, through a proxy<\/th><td class="n" data-l="Count">2<\/td><td data-l="First">2026-09-21 16:13:20<\/td><td data-l="Last">2026-09-21 16:14:20</,
  );
  expect(text).toContain('Not shown: the issuer of a certificate.');
});

it('the head names files, times and version, and nothing that is not known', async () => {
  const result = diagnose([cell('synSilent', { value: 24 })], [], known);
  const source = { files: ['office.pcap.gz', 'b', 'c', 'd'], version: '1.2.3' };
  const made = (more: object) =>
    renderDiagnosis('html', result, 'UTC', { width: 80, source: { ...source, ...more } });
  expect(await made({ from: '2026-07-14T08:00:00Z', to: '2026-07-14T09:30:00Z' })).toContain(
    '<span>office.pcap.gz, b, c and 1 more file</span><span>records from <time>2026-07-14 08:00:00</time> to <time>2026-07-14 09:30:00</time></span><span>Wiretally 1.2.3</span>',
  );
  expect(await made({})).toContain('1 more file</span><span>Wiretally 1.2.3</span>');
});

it('response codes have their names', async () => {
  const text = await page(cell('dnsError', { ...resolver, detail: 2, delayMinUs: 1_508_300 }));
  expect(text).toContain('10.1.0.1 answered 4 DNS queries for the name with SERVFAIL');
  expect(text).toContain('; 1.5 s SERVFAIL</desc>');
});

it('a doubtful address of a resolver is no reason to open a firewall', async () => {
  const refused = cell('synReset', { server: '10.6.0.6', delayMinUs: 700 });
  const text = await page(cell('dnsPrivate', { ...resolver, by: '10.6.0.6' }), refused);
  expect(text).toContain('dns-sinkhole, likely');
  expect(text).toContain('allow TCP from 10.1.0.5 to api.openai.com, port 443.');
});

describe('names with the same fault', () => {
  const refused = { count: 4, handshakeMinUs: 1000, handshakeTtlMax: 64 };

  it('are all in the change, the ticket and the filter', async () => {
    const text = await page(cell('answerRefused', refused), cell('answerRefused', { ...refused, ...other }));
    expect(text).toContain('exempt api.openai.com, chatgpt.com from the inspection.');
    expect(text).toContain(
      '\nServer names: api.openai.com, chatgpt.com\nServer addresses: 192.0.2.9:443, 192.0.2.7:443\n',
    );
    expect(text).toContain('\nCount: all 4 connections to chatgpt.com failed');
    expect(text).toContain('<code>api.openai.com\nchatgpt.com</code>');
    expect(text).toContain(
      '<code>The client refuses the certificate for api.openai.com. The same for: chatgpt.com.\n',
    );
    expect(text).toContain('>host 10.1.0.5 and (host 192.0.2.9 or host 192.0.2.7)<');
  });

  it('need one login for the proxy, which names client and names', async () => {
    const proxy = { detail: 407, server: '10.1.0.3', port: 3128, proxied: 4 };
    const text = await page(
      cell('connectStatus', proxy),
      cell('connectStatus', { ...proxy, name: other.name }),
    );
    expect(text).toContain(
      'HTTPS_PROXY=http://USER:PASSWORD@10.1.0.3:3128), or on the proxy allow client 10.1.0.5 without a login to: api.openai.com, chatgpt.com.',
    );
    expect(text).toContain('-x http://10.1.0.3:3128 --proxy-user USER https://api.openai.com/');
  });

  it('are one value of NO_PROXY', async () => {
    const proxy = { detail: 403, server: '10.1.0.3', port: 3128, proxied: 4 };
    const text = await page(
      cell('connectStatus', { ...proxy, name: 'localhost' }),
      cell('connectStatus', { ...proxy, name: 'models.internal' }),
    );
    expect(text).toContain('<code>localhost,models.internal,127.0.0.1,::1</code>');
  });

  it('keep their own lines where a command or an address differs', async () => {
    const reset = { delayMinUs: 700, delayMaxUs: 5200, ttlMin: 64, ttlMax: 64 };
    const text = await page(cell('synReset', reset), cell('synReset', { ...reset, ...other }), elsewhere);
    for (const [name, address] of [
      ['api.openai.com', '192.0.2.9'],
      ['chatgpt.com', '192.0.2.7'],
    ])
      expect(text).toContain(
        `\nChange: On the firewall nearest to the client: allow TCP from 10.1.0.5 to ${name} (now ${address}), port 443.`,
      );
    expect(text).toContain(
      '4 SYNs answered by a reset after 0.7 ms to 5.2 ms, TTL 64, where SYN-ACKs of other names had 52 to 54',
    );
    expect(text).toMatch(/<desc id="d0s0d">0 ms SYN; 0\.7 ms RST<\/desc>/);
    expect(text).not.toContain('× marks');
    expect(text).toContain('<h4>Could also be</h4><ul><li>The server of api.openai.com');
    expect(text).toContain(
      '\nFrom: 2026-09-21 16:13:20 (Europe/Berlin)\nTo: 2026-09-21 16:13:20 (Europe/Berlin)\n',
    );
    expect(text).toContain('the fault is probably here');
  });

  it('follow the order of questions: what fails, where, why, what to change, what was not seen', async () => {
    const text = await page(cell('synReset', { ttlMin: 64, ttlMax: 64 }), elsewhere);
    const parts = [
      ...['<h1>', 'class="chain"', 'class="seq"', 'Evidence for it', 'Evidence against it', 'Could also be'],
      ...['What to change', 'Text to copy', 'All outcomes at', 'id="limits"'],
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

describe('the text', () => {
  const text = (cells: readonly OutcomeCell[]): Promise<string> =>
    renderDiagnosis('terminal', diagnose(cells, [], { ...known, toolsOf: () => ['codex'] }), 'UTC', {
      width: 80,
      titleOf: (tool) => tool.toUpperCase(),
    });

  it('says what an answer inside TLS hides where no fault was seen', async () => {
    const healthy = await text([cell('served', { handshakeMinUs: 30_000 })]);
    expect(healthy).toContain('No fault seen.');
    expect(healthy).toContain('Hidden:  the status of an answer inside TLS (200, 401, 429 and 500 look');
    const logged = await text([cell('served', { by: 'log' })]);
    expect(logged).not.toContain('inside TLS');
  });

  it('of one direction says which one, and claims no check', async () => {
    const unheard = diagnose([cell('opened', { segments: 3 })], [], known);
    const terminal = await renderDiagnosis('terminal', unheard, 'UTC', { width: 80 });
    expect(terminal).toContain('Only one direction was captured:');
    expect(terminal).toMatch(/connections?, requests? or DNS quer(y|ies), packets of the client alone/);
    const page = await renderDiagnosis('html', unheard, 'UTC', { width: 80 });
    expect(page).toContain('<h1>Only one direction was captured.</h1>');
    expect(page).toContain('Only packets of the client were captured for api.openai.com.');
    for (const text of [terminal, page]) {
      expect(text).toContain('a fault is neither');
      expect(text).not.toContain('No fault seen');
      expect(text).not.toContain('Checked:');
    }
  });

  it('has names of tools, as reports have', async () => {
    const silent = [cell('synSilent', { value: 24 })];
    expect(await text(silent)).toContain('api.openai.com (CODEX): tcp-blackhole');
    const result = diagnose(silent, [], { ...known, toolsOf: () => ['codex'] });
    const words = { width: 80, titleOf: (tool: string) => tool.toUpperCase() };
    expect(await renderDiagnosis('html', result, 'UTC', words)).toContain(
      '<dt>Tools that use the name</dt><dd>CODEX</dd>',
    );
  });
});
