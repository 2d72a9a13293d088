// The faults that the lab can make: `npm run lab -- PLAN --fault NAME`. "{name}" stands for the model API of the plan.
import type { Fault, Leg } from '../../src/model/faults.ts';
import { PROXY, SECOND_RESOLVER, SERVER } from './network.ts';

/** What bridge.py does to a packet that fits every field. */
export interface BridgeRule {
  readonly do: 'drop' | 'reset' | 'reset-open' | 'alert' | 'icmp' | 'delay' | 'squeeze';
  readonly way?: 'up' | 'down';
  readonly proto?: 6 | 17;
  readonly v6?: boolean;
  /** Of the server. */
  readonly port?: number;
  /** Address of the server. */
  readonly to?: string;
  /** In the first bytes of the client. */
  readonly name?: string;
  /** Bytes of the IP packet. */
  readonly longer?: number;
  readonly syn?: boolean;
  /** The segment is a SYN-ACK. */
  readonly accepts?: boolean;
  /** Of a squeeze. */
  readonly kbit?: number;
  /** The segment carries data. */
  readonly data?: boolean;
  /** Bytes of the server, of the client so far. */
  readonly answered?: number;
  readonly sent?: number;
  /** Seconds without a packet; the flow stays cut. */
  readonly idle?: number;
  /** Seconds since its first packet. */
  readonly age?: number;
  /** Of packets, by chance. */
  readonly share?: number;
  /** Servers next to the client too. */
  readonly near?: boolean;
  readonly ms?: number;
  /** Of the TLS alert; of the ICMP message. */
  readonly alert?: number;
  readonly code?: number;
}

/** How a resolver answers. */
export interface NameRule {
  /** A pattern. */
  readonly name: string;
  /** Address of the resolver; absent: all. */
  readonly resolver?: string;
  readonly type?: number;
  readonly rcode?: number;
  readonly address?: string;
  /** For AAAA alone. */
  readonly address6?: string;
  readonly isEmpty?: boolean;
  /** The answer over UDP has no records and its TC bit set (RFC 1035 §4.1.1). */
  readonly isTruncated?: boolean;
  readonly isSilent?: boolean;
  readonly delayMs?: number;
}

/** How the server answers requests to a model. */
export interface AnswerRule {
  readonly status: number;
  /** All other requests too. */
  readonly isOfAll?: boolean;
  readonly body?: string;
  /** Requests that are answered well before, and how many are refused. */
  readonly after?: number;
  readonly times?: number;
  readonly delayMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the proxy answers a CONNECT. */
export interface ProxyRule {
  /** A pattern over names; the others pass. */
  readonly name: string;
  /** 0: no answer. */
  readonly status: number;
  /** The connection ends in place of an answer. */
  readonly isEnded?: boolean;
  /** Of its refusal. */
  readonly body?: string;
  readonly delayMs?: number;
  /** A pattern over the head of the CONNECT; others pass. */
  readonly head?: string;
  /** Clients with credentials pass. */
  readonly isLogin?: boolean;
  readonly endAfterMs?: number;
}

/** How the SOCKS proxy answers. */
export interface SocksRule {
  /** Codes of the reply, by patterns over names and addresses; the others pass. SOCKS 4 has its own codes. */
  readonly replies?: Readonly<Record<string, number>>;
  /** Of a server of SOCKS 5: 255 accepts none. */
  readonly method?: number;
  /** Users and passwords fail. */
  readonly isLoginRefused?: boolean;
  /** It takes the request and does not answer. */
  readonly isSilent?: boolean;
  readonly port?: number;
}

/** What the server does with a WebSocket: the status of its refusal, no answer, or an end after it was accepted. */
export type UpgradeRule =
  | { readonly status: number }
  | { readonly isSilent: true }
  | { readonly endAfterMs: number };

export interface LabFault {
  readonly fault: Fault;
  readonly leg: Leg;
  readonly legs?: readonly Leg[];
  readonly alike?: readonly Fault[];
  /** Names that fail in place of the model API. */
  readonly also?: readonly string[];
  /** Every name of the host; otherwise the model API. */
  readonly isOfAll?: boolean;
  readonly tells?: 'yes' | 'only-likely' | 'no';
  readonly bridge?: readonly BridgeRule[];
  readonly names?: readonly NameRule[];
  readonly answers?: AnswerRule;
  readonly upgrade?: UpgradeRule;
  readonly proxy?: readonly ProxyRule[];
  readonly socks?: SocksRule;
  /** The resolvers answer over TCP. */
  readonly hasTcpNames?: boolean;
  readonly hasIp6?: boolean;
  /** A second address in resolv.conf, before or behind the first. */
  readonly resolvers?: readonly string[];
  readonly search?: string;
  /** Of resolv.conf: "rotate". */
  readonly resolverOptions?: string;
  /** How the tool knows the lab's authority; absent: by the system store, and Node tools by a variable too. */
  readonly trust?: 'none' | 'system-store' | 'NODE_EXTRA_CA_CERTS' | 'SSL_CERT_FILE' | 'NODE_USE_SYSTEM_CA';
  /** Over that of the plan. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of a curl that runs at the same time, and its resolver where it has its own. */
  readonly curl?: readonly string[];
  readonly curlResolver?: string;
  /** The proxy serves the settings of clients at http://wpad.corp.example/wpad.dat. */
  readonly hasPac?: boolean;
  /** Absent: 3128. */
  readonly proxyPort?: number;
  /** To servers outside, one way. */
  readonly way?: { readonly delayMs: number; readonly hops: number };
}

const USE_PROXY = `http://${PROXY}:3128`;
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
export const proxyEnv = (url: string): Readonly<Record<string, string>> =>
  Object.fromEntries(PROXY_VARIABLES.map((variable) => [variable, url]));
const PROXY_ENV = proxyEnv(USE_PROXY);
const WS_PROXY_ENV = { WS_PROXY: `${PROXY}:3128` };
const USE_LOGIN = `http://lab:lab@${PROXY}:3128`;
const PAC = {
  ...{ proxy: [], hasPac: true, names: [{ name: '^wpad.corp.example$', address: PROXY }] },
  curl: ['http://wpad.corp.example/wpad.dat'],
} as const;
const OTHER = 'https://bystander.example/';
const NAME = '^{name}$';
const TLS = { proto: 6, port: 443 } as const;
const ERROR = '{"type":"error","error":{"type":"error","message":"The request was refused by the lab."}}';
const dns = (rule: Partial<NameRule>): readonly NameRule[] => [{ name: NAME, ...rule }];
const http = (fault: Fault, status: number, more: Partial<AnswerRule> = {}): LabFault => ({
  ...{
    fault,
    leg: 'provider',
    tells: 'only-likely',
    alike: ['provider-auth', 'provider-error', 'block-page'],
  },
  answers: { status, body: ERROR, ...more },
});
const throughProxy = (fault: Fault, rule: Partial<ProxyRule>, more: Partial<LabFault> = {}): LabFault => ({
  ...{ fault, leg: 'proxy', env: PROXY_ENV, proxy: [{ name: NAME, status: 403, ...rule }] },
  ...more,
});
/** A curl uses the proxy; the tool goes direct and is stopped. */
const pastProxy = (rule: BridgeRule, alike: readonly Fault[] = []): LabFault => ({
  ...{ fault: 'proxy-ignored', leg: 'client', legs: ['client', 'local-firewall'] },
  ...{ alike: [...alike, 'tcp-blackhole', 'icmp-prohibited'], proxy: [], isOfAll: true },
  ...{ bridge: [rule], curl: ['-x', USE_PROXY, OTHER] },
});
/** Refusals of a WebSocket differ by nothing but a few bytes. */
const upgrade = (rule: UpgradeRule): LabFault => ({
  ...{ fault: 'provider-error', leg: 'provider', tells: 'only-likely', alike: ['provider-auth'] },
  upgrade: rule,
});
const SEARCH = 'corp.example lab.example';
const OF_SEARCH = 'corp.example$|lab.example$';
/** Of a resolver that answers blocked names with the address of one page. */
const BLOCK_PAGE = '198.19.255.1';
const MANY = 'anthropic|claude|openai|chatgpt|sentry|datadog|google|aliyun|opencode|models.dev|github';
const blockPage = (bridge: readonly BridgeRule[] = []): LabFault => ({
  ...{ fault: 'dns-sinkhole', leg: 'resolver', isOfAll: true, tells: 'only-likely' },
  ...{ alike: ['dns-blocked', 'tcp-refused', 'tcp-blackhole', 'interception-untrusted', 'sni-alert'] },
  ...{ names: [{ name: MANY, address: BLOCK_PAGE }], bridge },
});
const doh = (fault: Fault, bridge: readonly BridgeRule[]): LabFault => ({
  ...{ fault, leg: 'local-firewall', alike: ['sni-drop', 'data-blackhole', 'tcp-blackhole', 'split-hello'] },
  ...{ also: ['dns.google'], bridge },
});
/** The proxy refuses names of the client's own services, or fails to reach them. */
const notForProxy = (name: string, status: number): LabFault => ({
  ...{ fault: status >= 500 ? 'proxy-bad-gateway' : 'proxy-denied', leg: 'client', also: [name] },
  ...{ env: PROXY_ENV, proxy: [{ name: `^${name}$`, status }] },
});
const loss = (rule: Pick<BridgeRule, 'way' | 'share'>): LabFault => ({
  ...{ fault: 'loss', leg: 'path', isOfAll: true, tells: 'only-likely', bridge: [{ do: 'drop', ...rule }] },
});
/** Of one name alone. */
const ONE_IP6 = '2001:db8:1::6666';
const CERTIFICATE = ['cert-expired', 'cert-wrongname', 'clock-wrong', 'block-page'] as const;

export const LAB_FAULTS: Readonly<Record<string, LabFault>> = {
  healthy: { fault: 'none', leg: 'none' },
  'healthy-proxy': { fault: 'none', leg: 'none', env: PROXY_ENV, proxy: [] },
  'healthy-ip6': { fault: 'none', leg: 'none', hasIp6: true },
  'loss-small': { fault: 'none', leg: 'none', bridge: [{ do: 'drop', share: 0.01 }] },
  'upgrade-400': upgrade({ status: 400 }),
  'upgrade-404': upgrade({ status: 404 }),
  'upgrade-426': upgrade({ status: 426 }),
  'upgrade-502': upgrade({ status: 502 }),
  'upgrade-silent': {
    ...upgrade({ isSilent: true }),
    ...{ fault: 'provider-slow', alike: ['provider-error', 'idle-cut-silent'] },
  },
  'upgrade-idle-reset': {
    ...{ fault: 'idle-cut-reset', leg: 'path', tells: 'only-likely' },
    ...{ alike: ['proxy-lifetime', 'provider-slow'] },
    ...{ upgrade: { endAfterMs: 60_000 }, bridge: [{ do: 'reset', ...TLS, idle: 8 }] },
  },
  'upgrade-past-proxy': {
    ...{ fault: 'proxy-ignored', leg: 'client' },
    ...{ env: PROXY_ENV, proxy: [], bridge: [{ do: 'drop', ...TLS }] },
  },
  // The plan of python-websocket opens its WebSocket through WS_PROXY, and nothing else.
  'https-past-proxy': {
    ...{ fault: 'proxy-ignored', leg: 'client' },
    ...{ env: WS_PROXY_ENV, proxy: [], bridge: [{ do: 'drop', ...TLS }] },
  },
  'upgrade-proxy-403': throughProxy('proxy-denied', {}, { env: WS_PROXY_ENV, legs: ['proxy', 'client'] }),

  'dns-silent': { fault: 'dns-timeout', leg: 'resolver', names: dns({ isSilent: true }) },
  'dns-late': { fault: 'dns-slow', leg: 'resolver', alike: ['delay'], names: dns({ delayMs: 3000 }) },
  'dns-late-6s': {
    ...{ fault: 'dns-slow', leg: 'resolver', alike: ['delay', 'dns-timeout'], tells: 'only-likely' },
    names: dns({ delayMs: 6000 }),
  },
  'dns-late-all': {
    fault: 'dns-slow',
    leg: 'resolver',
    alike: ['delay'],
    isOfAll: true,
    names: [{ name: '.', delayMs: 2500 }],
  },
  'dns-one-resolver': {
    ...{ fault: 'dns-nxdomain', leg: 'resolver', resolvers: [SECOND_RESOLVER, SERVER] },
    names: dns({ rcode: 3, resolver: SECOND_RESOLVER }),
  },
  'dns-one-resolver-rotate': {
    ...{ fault: 'dns-nxdomain', leg: 'resolver', resolvers: [SECOND_RESOLVER, SERVER] },
    ...{ resolverOptions: 'rotate', names: dns({ rcode: 3, resolver: SECOND_RESOLVER }) },
  },
  'dns-one-resolver-curl': {
    ...{ fault: 'dns-nxdomain', leg: 'resolver', resolvers: [SECOND_RESOLVER], curlResolver: SERVER },
    ...{ names: dns({ rcode: 3, resolver: SECOND_RESOLVER }), curl: [`https://{name}/`] },
  },
  'dns-first-silent': {
    ...{ fault: 'dns-timeout', leg: 'resolver', isOfAll: true, resolvers: [SECOND_RESOLVER, SERVER] },
    names: [{ name: '.', isSilent: true, resolver: SECOND_RESOLVER }],
  },
  'dns-search': {
    ...{ fault: 'dns-nxdomain', leg: 'resolver', search: 'corp.example lab.example' },
    names: [{ name: 'corp.example$|lab.example$', rcode: 3 }, ...dns({ rcode: 3 })],
  },
  'dns-search-healthy': {
    ...{ fault: 'none', leg: 'none', search: 'corp.example lab.example' },
    names: [{ name: 'corp.example$|lab.example$', rcode: 3 }],
  },
  // Kubernetes asks with five dots at least: each name with its search domains first.
  'dns-search-dots': {
    ...{ fault: 'none', leg: 'none', search: SEARCH, resolverOptions: 'ndots:5' },
    names: [{ name: OF_SEARCH, rcode: 3 }],
  },
  'dns-search-late': {
    ...{ fault: 'dns-slow', leg: 'resolver', isOfAll: true, alike: ['delay'] },
    ...{ search: SEARCH, resolverOptions: 'ndots:5', names: [{ name: OF_SEARCH, rcode: 3, delayMs: 900 }] },
  },
  'dns-search-silent': {
    ...{ fault: 'dns-slow', leg: 'resolver', isOfAll: true, alike: ['dns-timeout'] },
    ...{ search: SEARCH, resolverOptions: 'ndots:5 timeout:2', names: [{ name: OF_SEARCH, isSilent: true }] },
  },
  'dns-search-refused': {
    ...{ fault: 'dns-slow', leg: 'resolver', isOfAll: true, alike: ['dns-refused'] },
    ...{ search: SEARCH, resolverOptions: 'ndots:5', names: [{ name: OF_SEARCH, rcode: 2, delayMs: 700 }] },
  },
  // A wildcard record of the search domain takes every name.
  'dns-search-wildcard': {
    ...{ fault: 'dns-sinkhole', leg: 'resolver', isOfAll: true, alike: ['dns-blocked', 'tcp-blackhole'] },
    ...{ search: SEARCH, resolverOptions: 'ndots:5', names: [{ name: OF_SEARCH, address: BLOCK_PAGE }] },
    bridge: [{ do: 'drop', to: BLOCK_PAGE }],
  },
  'dns-block-page-drop': blockPage([{ do: 'drop', to: BLOCK_PAGE }]),
  'dns-block-page-reset': blockPage([{ do: 'reset', way: 'up', to: BLOCK_PAGE, proto: 6 }]),
  'dns-block-page-alert': blockPage([{ do: 'alert', way: 'up', to: BLOCK_PAGE, data: true }]),
  'dns-block-page-certificate': { ...blockPage(), trust: 'none', curl: [OTHER] },
  'dns-block-page-inside': {
    ...blockPage(),
    ...{
      names: [{ name: MANY, address: '10.77.0.5' }],
      bridge: [{ do: 'reset', way: 'up', to: '10.77.0.5', near: true }],
    },
  },
  'dns-https-silent': { fault: 'none', leg: 'none', names: [{ name: '.', type: 65, isSilent: true }] },
  // Only a client with DNS over HTTPS is concerned.
  'doh-healthy': { fault: 'none', leg: 'none' },
  'doh-syn-drop': doh('tcp-blackhole', [{ do: 'drop', way: 'up', name: 'dns.google' }]),
  'doh-reset': doh('sni-reset', [{ do: 'reset', way: 'up', name: 'dns.google' }]),
  'doh-alert': doh('sni-alert', [{ do: 'alert', way: 'up', name: 'dns.google', data: true }]),
  'doh-nxdomain': {
    ...doh('dns-nxdomain', []),
    leg: 'resolver',
    names: [{ name: '^dns.google$', rcode: 3 }],
  },
  'dns-https-servfail': { fault: 'none', leg: 'none', names: [{ name: '.', type: 65, rcode: 2 }] },
  'dns-https-nxdomain': { fault: 'none', leg: 'none', names: [{ name: '.', type: 65, rcode: 3 }] },
  'dns-no-https-record': { fault: 'none', leg: 'none', names: [{ name: '.', type: 65, rcode: 5 }] },
  'dns-refused-late': { fault: 'dns-refused', leg: 'resolver', names: dns({ rcode: 5, delayMs: 1500 }) },
  'dns-servfail-all': {
    fault: 'dns-refused',
    leg: 'resolver',
    isOfAll: true,
    names: [{ name: '.', rcode: 2 }],
  },
  'dns-empty': {
    fault: 'dns-blocked',
    leg: 'resolver',
    alike: ['dns-sinkhole', 'dns-nxdomain'],
    names: dns({ isEmpty: true }),
  },
  'dns-zero': {
    fault: 'dns-blocked',
    leg: 'resolver',
    alike: ['dns-sinkhole', 'dns-nxdomain'],
    names: dns({ address: '0.0.0.0' }),
  },
  'dns-sinkhole': {
    ...{ fault: 'dns-sinkhole', leg: 'resolver', alike: ['dns-blocked', 'tcp-refused', 'tcp-blackhole'] },
    names: dns({ address: '10.66.0.66' }),
    bridge: [{ do: 'drop', near: true, to: '10.66.0.66' }],
  },

  'proxy-ignored-drop': pastProxy({ do: 'drop', ...TLS }),
  'proxy-ignored-reset': pastProxy({ do: 'reset', way: 'up', ...TLS }, ['tcp-refused']),
  'proxy-ignored-icmp': pastProxy({ do: 'icmp', way: 'up', ...TLS }),
  'proxy-no-name': {
    ...{
      fault: 'proxy-unreachable',
      leg: 'proxy',
      legs: ['proxy', 'resolver', 'client'],
      isOfAll: true,
      alike: ['dns-nxdomain'],
    },
    ...{ names: [{ name: 'proxy.corp.example', rcode: 3 }] },
    env: proxyEnv('http://proxy.corp.example:8080'),
  },
  'proxy-no-name-other': {
    ...{
      fault: 'proxy-unreachable',
      leg: 'proxy',
      legs: ['proxy', 'resolver', 'client'],
      isOfAll: true,
      alike: ['dns-nxdomain'],
    },
    ...{ names: [{ name: 'egress1.corp.example', rcode: 3 }], tells: 'only-likely' },
    env: proxyEnv('http://egress1.corp.example:8080'),
  },
  'proxy-refused-8080': {
    ...{ fault: 'proxy-unreachable', leg: 'proxy', isOfAll: true, alike: ['tcp-refused', 'tcp-blackhole'] },
    env: proxyEnv(`http://${PROXY}:8080`),
  },
  'proxy-silent-8080': {
    ...{ fault: 'proxy-unreachable', leg: 'proxy', isOfAll: true, alike: ['tcp-refused', 'tcp-blackhole'] },
    bridge: [{ do: 'drop', to: PROXY, port: 8080, near: true }],
    env: proxyEnv(`http://${PROXY}:8080`),
  },
  // The program needs a login for the proxy and has none, while another one logs in.
  'proxy-407-curl': throughProxy(...(['proxy-auth', { name: '.', status: 407, isLogin: true }] as const), {
    isOfAll: true,
    curl: ['-x', USE_LOGIN, 'https://{name}/'],
  }),
  'healthy-proxy-login': {
    ...{ fault: 'none', leg: 'none', proxy: [{ name: '.', status: 407, isLogin: true }] },
    env: proxyEnv(USE_LOGIN),
  },
  'proxy-pac-drop': { ...pastProxy({ do: 'drop', ...TLS }), ...PAC },
  'proxy-pac-reset': { ...pastProxy({ do: 'reset', way: 'up', ...TLS, syn: true }, ['tcp-refused']), ...PAC },
  'proxy-pac-curl': {
    ...{ ...pastProxy({ do: 'drop', ...TLS }), ...PAC },
    curl: [...PAC.curl, '--next', '-s', '-m', '8', '-k', '-x', USE_PROXY, 'https://{name}/'],
  },
  'healthy-pac': { fault: 'none', leg: 'none', ...PAC },
  'proxy-localhost-403': notForProxy('localhost', 403),
  'proxy-localhost-502': notForProxy('localhost', 502),
  'proxy-localhost-loop': notForProxy('localhost', 508),
  'proxy-gateway-403': notForProxy('llm-gateway.internal', 403),
  'proxy-gateway-502': notForProxy('llm-gateway.internal', 502),
  // One program passes, and the other one is refused by its name.
  'proxy-403-tool': throughProxy(
    ...(['proxy-denied', { head: 'User-Agent: (?!curl)|^((?!User-Agent)[^])*$' }] as const),
    { curl: ['-x', USE_PROXY, 'https://{name}/'] },
  ),
  'proxy-407': throughProxy('proxy-auth', { name: '.', status: 407 }, { isOfAll: true }),
  'proxy-403': throughProxy('proxy-denied', {}),
  'proxy-404': throughProxy('proxy-denied', { status: 404 }),
  'proxy-405-all': throughProxy('proxy-denied', { name: '.', status: 405 }, { isOfAll: true }),
  'proxy-503': throughProxy('proxy-bad-gateway', { status: 503 }),
  'proxy-500': throughProxy('proxy-bad-gateway', { status: 500 }),
  'proxy-504': throughProxy('proxy-bad-gateway', { status: 504 }),
  'proxy-no-answer': throughProxy(
    'proxy-bad-gateway',
    { status: 0 },
    { alike: ['proxy-unreachable'], tells: 'only-likely' },
  ),
  'proxy-lifetime-6': throughProxy(
    ...(['proxy-lifetime', { name: '.', status: 200, endAfterMs: 6000 }] as const),
    { isOfAll: true, answers: { status: 200, delayMs: 15_000 }, alike: ['idle-cut-reset'] },
  ),

  untrusted: {
    ...{
      fault: 'interception-untrusted',
      leg: 'proxy',
      legs: ['proxy', 'client', 'provider'],
      alike: CERTIFICATE,
    },
    ...{ tells: 'only-likely', trust: 'none', isOfAll: true },
  },
  'trust-none': { fault: 'none', leg: 'none', trust: 'none' },
  'trust-system': { fault: 'none', leg: 'none', trust: 'system-store' },
  'trust-extra': { fault: 'none', leg: 'none', trust: 'NODE_EXTRA_CA_CERTS' },
  'trust-file': { fault: 'none', leg: 'none', trust: 'SSL_CERT_FILE' },
  'trust-node-system': { fault: 'none', leg: 'none', trust: 'NODE_USE_SYSTEM_CA' },
  'untrusted-curl': {
    ...{
      fault: 'interception-untrusted',
      leg: 'proxy',
      legs: ['proxy', 'client', 'provider'],
      alike: CERTIFICATE,
    },
    ...{ tells: 'only-likely', trust: 'none', isOfAll: true, curl: [`https://{name}/`] },
  },

  'http-401': http('provider-auth', 401),
  'http-403': http('provider-auth', 403),
  'http-403-region': http('provider-auth', 403, {
    body: `<html><body>${'unavailable in your region '.repeat(20)}</body></html>`,
  }),
  'http-401-all': http('provider-auth', 401, { isOfAll: true }),
  'http-403-region-all': http('provider-auth', 403, {
    ...{ isOfAll: true, body: `<html><body>${'unavailable in your region '.repeat(20)}</body></html>` },
  }),
  'http-401-midway': http('provider-auth', 401, { after: 1 }),
  'http-429': http('provider-error', 429, { headers: { 'retry-after': '2' } }),
  'http-429-plain': http('provider-error', 429),
  'http-500': http('provider-error', 500),
  'http-502': http('provider-error', 502, { body: '<html><body>502 Bad Gateway</body></html>' }),
  'http-503': http('provider-error', 503),
  'http-529': http('provider-error', 529),
  'http-500-twice': http('provider-error', 500, { times: 2 }),
  'http-slow': {
    fault: 'provider-slow',
    leg: 'provider',
    alike: ['buffering', 'idle-cut-silent'],
    answers: { status: 200, delayMs: 35_000 },
  },

  'mtu-up': {
    ...{ fault: 'mtu-blackhole', leg: 'path', alike: ['data-blackhole', 'split-hello'], isOfAll: true },
    bridge: [{ do: 'drop', way: 'up', proto: 6, longer: 1400 }],
  },
  // Small hellos pass.
  'mtu-up-curl': {
    ...{ fault: 'mtu-blackhole', leg: 'path', alike: ['data-blackhole', 'split-hello'] },
    ...{ bridge: [{ do: 'drop', way: 'up', proto: 6, longer: 1400 }], curl: ['https://{name}/'] },
  },
  'hello-reset-curl': {
    ...{ fault: 'split-hello', leg: 'local-firewall', alike: ['sni-reset', 'mtu-blackhole'] },
    ...{ bridge: [{ do: 'reset', way: 'up', ...TLS, longer: 1400 }], curl: ['https://{name}/'] },
  },
  'mtu-down': {
    ...{ fault: 'mtu-blackhole', leg: 'path', alike: ['data-blackhole', 'split-hello'], isOfAll: true },
    bridge: [{ do: 'drop', way: 'down', proto: 6, longer: 1400 }],
  },
  'mtu-both-1280': {
    ...{ fault: 'mtu-blackhole', leg: 'path', alike: ['data-blackhole', 'split-hello'], isOfAll: true },
    bridge: [{ do: 'drop', proto: 6, longer: 1280 }],
  },
  'mtu-later': {
    ...{
      fault: 'mtu-blackhole',
      leg: 'path',
      alike: ['data-blackhole', 'idle-cut-silent'],
      isOfAll: true,
      tells: 'only-likely',
    },
    bridge: [{ do: 'drop', way: 'up', proto: 6, longer: 1400, answered: 1000 }],
  },
  'ip6-silent': {
    fault: 'ipv6-broken',
    leg: 'path',
    hasIp6: true,
    isOfAll: true,
    bridge: [{ do: 'drop', v6: true }],
  },
  'ip6-reset': {
    ...{ fault: 'ipv6-broken', leg: 'path', hasIp6: true, isOfAll: true, alike: ['tcp-refused'] },
    bridge: [{ do: 'reset', way: 'up', v6: true, proto: 6 }],
  },
  'ip6-hello': {
    ...{
      fault: 'ipv6-broken',
      leg: 'path',
      hasIp6: true,
      isOfAll: true,
      alike: ['mtu-blackhole', 'data-blackhole', 'sni-drop'],
    },
    ...{ tells: 'only-likely', bridge: [{ do: 'drop', way: 'up', v6: true, proto: 6, data: true }] },
  },
  'ip6-one': {
    ...{ fault: 'ipv6-broken', leg: 'path', legs: ['path', 'provider'], hasIp6: true, curl: [OTHER] },
    ...{ names: dns({ address6: ONE_IP6 }), bridge: [{ do: 'drop', to: ONE_IP6 }], alike: ['tcp-blackhole'] },
  },
  'ip6-one-reset': {
    ...{ fault: 'ipv6-broken', leg: 'path', legs: ['path', 'provider'], hasIp6: true, curl: [OTHER] },
    ...{ names: dns({ address6: ONE_IP6 }), bridge: [{ do: 'reset', way: 'up', to: ONE_IP6 }] },
    alike: ['tcp-refused', 'provider-refused'],
  },
  'ip6-mtu': {
    ...{ fault: 'ipv6-broken', leg: 'path', hasIp6: true, isOfAll: true, tells: 'only-likely' },
    ...{
      alike: ['mtu-blackhole', 'data-blackhole'],
      bridge: [{ do: 'drop', v6: true, proto: 6, longer: 1300 }],
    },
  },
  'idle-reset': {
    ...{ fault: 'idle-cut-reset', leg: 'path', alike: ['proxy-lifetime'], tells: 'only-likely' },
    ...{ answers: { status: 200, delayMs: 20_000 }, bridge: [{ do: 'reset', ...TLS, idle: 8 }] },
  },
  'idle-drop': {
    ...{
      fault: 'idle-cut-silent',
      leg: 'path',
      alike: ['provider-slow', 'data-blackhole'],
      tells: 'only-likely',
    },
    ...{ answers: { status: 200, delayMs: 20_000 }, bridge: [{ do: 'drop', ...TLS, idle: 8 }] },
  },
  'loss-up': loss({ way: 'up', share: 0.12 }),
  'loss-down': loss({ way: 'down', share: 0.12 }),
  'loss-up-6': loss({ way: 'up', share: 0.06 }),
  'loss-down-6': loss({ way: 'down', share: 0.06 }),
  'delay-1500': {
    fault: 'delay',
    leg: 'path',
    alike: ['squeeze'],
    isOfAll: true,
    bridge: [{ do: 'delay', ms: 750 }],
  },

  'syn-drop': {
    fault: 'tcp-blackhole',
    leg: 'local-firewall',
    legs: ['local-firewall', 'path', 'provider'],
    alike: ['proxy-ignored'],
    isOfAll: true,
    bridge: [{ do: 'drop', way: 'up', ...TLS }],
  },
  'syn-reset': {
    fault: 'tcp-refused',
    leg: 'local-firewall',
    alike: ['provider-refused'],
    isOfAll: true,
    bridge: [{ do: 'reset', way: 'up', ...TLS, syn: true }],
  },
  'sni-reset': {
    fault: 'sni-reset',
    leg: 'local-firewall',
    alike: ['split-hello'],
    bridge: [{ do: 'reset', way: 'up', name: '{name}' }],
  },
  'sni-drop': {
    fault: 'sni-drop',
    leg: 'local-firewall',
    alike: ['data-blackhole', 'split-hello', 'mtu-blackhole'],
    bridge: [{ do: 'drop', name: '{name}' }],
  },
  'sni-alert': {
    fault: 'sni-alert',
    leg: 'local-firewall',
    alike: ['provider-tls'],
    bridge: [{ do: 'alert', way: 'up', name: '{name}', data: true }],
  },
  'icmp-13': {
    fault: 'icmp-prohibited',
    leg: 'local-firewall',
    alike: ['proxy-ignored'],
    isOfAll: true,
    bridge: [{ do: 'icmp', way: 'up', ...TLS }],
  },
  'icmp-9': {
    fault: 'icmp-prohibited',
    leg: 'local-firewall',
    alike: ['proxy-ignored'],
    isOfAll: true,
    bridge: [{ do: 'icmp', way: 'up', ...TLS, code: 9 }],
  },
  'data-drop': {
    ...{
      fault: 'data-blackhole',
      leg: 'path',
      legs: ['path', 'local-firewall'],
      alike: ['sni-drop', 'mtu-blackhole'],
      isOfAll: true,
    },
    bridge: [{ do: 'drop', way: 'up', ...TLS, data: true }],
  },
};
