// Faults with other values than those that the rules of `diagnose` were written from: ways, times, statuses, ports, sizes.
import { type BridgeRule, LAB_FAULTS, type LabFault, proxyEnv } from './faults.ts';
import { LATER_FAULTS } from './later-faults.ts';
import { PROXY, SECOND_RESOLVER, SERVER } from './network.ts';

const FAR = { delayMs: 70, hops: 17 };
const CLOSE = { delayMs: 6, hops: 4 };
const like = (name: string, more: Partial<LabFault> = {}): LabFault => {
  const fault = LAB_FAULTS[name];
  if (fault === undefined) throw new Error(`no fault "${name}"`);
  return { ...fault, ...more };
};
const TLS = { proto: 6, port: 443 } as const;
const NAME = '^{name}$';
/** A proxy with a name and another port. */
const useProxy = (url: string): Partial<LabFault> => ({
  names: [{ name: '^webgate.corp.example$', address: PROXY }],
  env: proxyEnv(url),
  proxyPort: 8888,
});
const WEBGATE = useProxy('http://webgate.corp.example:8888');
const throughWebgate = (name: string, status: number, pattern = NAME): LabFault =>
  like(name, { ...WEBGATE, proxy: [{ name: pattern, status }] });
const PAGE = `<html><head><title>Attention</title></head><body>${'<p>This page is not available to you.</p>'.repeat(140)}</body></html>`;
const HTML = `<html><body>${'access is refused here '.repeat(90)}</body></html>`;

const OTHER_VALUES: Readonly<Record<string, LabFault>> = {
  'healthy-far': like('healthy', { way: { delayMs: 120, hops: 21 } }),
  'healthy-close': like('healthy', { way: CLOSE }),
  'healthy-webgate': like('healthy', { ...WEBGATE, proxy: [], way: FAR }),
  'healthy-slow-answer': like('healthy', { answers: { status: 200, delayMs: 6000 } }),
  'healthy-second-resolver': like('healthy', {
    ...{ resolvers: [SERVER, SECOND_RESOLVER] },
    names: [{ name: '.', rcode: 3, resolver: SECOND_RESOLVER }],
  }),
  'loss-small-far': like('loss-small', { way: FAR, bridge: [{ do: 'drop', share: 0.015 }] }),

  'upgrade-401': like('upgrade-400', { upgrade: { status: 401 }, way: FAR }),
  'upgrade-403': like('upgrade-400', { upgrade: { status: 403 }, way: CLOSE }),
  'upgrade-503': like('upgrade-400', { upgrade: { status: 503 } }),
  'upgrade-200': like('upgrade-400', { upgrade: { status: 200 }, way: FAR }),
  'upgrade-silent-far': like('upgrade-silent', { way: FAR }),
  'upgrade-idle-reset-4': like('upgrade-idle-reset', { bridge: [{ do: 'reset', ...TLS, idle: 4 }] }),
  'upgrade-past-proxy-reset': like('upgrade-past-proxy', {
    ...{ bridge: [{ do: 'reset', way: 'up', ...TLS, syn: true }], alike: ['tcp-refused'] },
  }),
  'https-past-proxy-reset': like('https-past-proxy', {
    ...{ bridge: [{ do: 'reset', way: 'up', ...TLS, syn: true }], alike: ['tcp-refused'] },
  }),
  'upgrade-proxy-407': like('upgrade-proxy-403', {
    ...{ fault: 'proxy-auth', proxy: [{ name: '.', status: 407 }], way: FAR },
  }),
  'upgrade-proxy-502': like('upgrade-proxy-403', {
    ...{ fault: 'proxy-bad-gateway', proxy: [{ name: NAME, status: 502 }] },
  }),

  'dns-late-1600': like('dns-late', { names: [{ name: NAME, delayMs: 1600 }], way: FAR }),
  'dns-late-4500': like('dns-late', { names: [{ name: NAME, delayMs: 4500 }] }),
  'dns-late-all-1300': like('dns-late-all', { names: [{ name: '.', delayMs: 1300 }], way: CLOSE }),
  'dns-silent-far': like('dns-silent', { way: FAR }),
  'dns-nxdomain-late': {
    ...{ fault: 'dns-nxdomain', leg: 'resolver', names: [{ name: NAME, rcode: 3, delayMs: 400 }] },
  },
  'dns-refused-soon': like('dns-refused-late', { names: [{ name: NAME, rcode: 5 }], way: FAR }),
  'dns-servfail-name': like('dns-refused-late', { names: [{ name: NAME, rcode: 2, delayMs: 2500 }] }),
  'dns-loopback': like('dns-zero', { names: [{ name: NAME, address: '127.0.0.1' }] }),
  'dns-loopback-53': like('dns-zero', { names: [{ name: NAME, address: '127.0.0.53' }], way: FAR }),
  'dns-one-resolver-far': like('dns-one-resolver-rotate', { way: FAR }),
  'dns-sinkhole-reset': like('dns-sinkhole', {
    names: [{ name: NAME, address: '192.168.44.5' }],
    bridge: [{ do: 'reset', way: 'up', near: true, to: '192.168.44.5' }],
  }),
  'dns-search-late-1200': like('dns-search-late', {
    ...{ resolverOptions: 'ndots:4', search: 'eng.corp.example corp.example' },
    names: [{ name: 'corp.example$', rcode: 3, delayMs: 1200 }],
  }),

  'proxy-ignored-drop-far': like('proxy-ignored-drop', { way: FAR }),
  'proxy-ignored-reset-close': like('proxy-ignored-reset', { way: CLOSE }),
  'proxy-pac-icmp': like('proxy-pac-drop', { bridge: [{ do: 'icmp', way: 'up', ...TLS }] }),
  'proxy-407-webgate': throughWebgate('proxy-407', 407, '.'),
  'proxy-403-webgate': throughWebgate('proxy-403', 403),
  'proxy-451-webgate': throughWebgate('proxy-403', 451),
  'proxy-502-webgate': throughWebgate('proxy-503', 502),
  'proxy-504-all-webgate': { ...throughWebgate('proxy-504', 504, '.'), isOfAll: true, way: FAR },
  'proxy-refused-9090': like('proxy-refused-8080', { ...WEBGATE, proxy: [], proxyPort: 9090 }),
  'proxy-silent-1080': like('proxy-silent-8080', {
    ...useProxy('http://webgate.corp.example:1080'),
    bridge: [{ do: 'drop', to: PROXY, port: 1080, near: true }],
  }),
  'proxy-name-silent': like('proxy-no-name', {
    ...{ ...WEBGATE, names: [{ name: '^webgate.corp.example$', isSilent: true }], proxy: [] },
    alike: ['dns-timeout'],
    tells: 'only-likely',
  }),
  'proxy-localhost-504': like('proxy-localhost-502', { proxy: [{ name: '^localhost$', status: 504 }] }),

  'untrusted-far': like('untrusted', { way: FAR }),
  'untrusted-curl-close': like('untrusted-curl', { way: CLOSE }),

  'http-401-html': like('http-401', { answers: { status: 401, body: HTML }, way: FAR }),
  'http-403-html': like('http-403', { answers: { status: 403, body: HTML }, way: CLOSE }),
  'http-403-page': like('http-403', { answers: { status: 403, body: PAGE } }),
  'http-502-page': like('http-502', { answers: { status: 502, body: PAGE, isOfAll: true }, way: CLOSE }),
  'http-401-third': like('http-401-midway', { answers: { status: 401, after: 2 } }),
  'http-429-5s': like('http-429', { answers: { status: 429, headers: { 'retry-after': '5' } }, way: FAR }),
  'http-429-twice': like('http-429', { answers: { status: 429, times: 2 } }),
  'http-502-html': like('http-502', { answers: { status: 502, body: HTML }, way: FAR }),
  'http-503-close': like('http-503', { way: CLOSE }),

  'mtu-up-1300': like('mtu-up', { bridge: [{ do: 'drop', way: 'up', proto: 6, longer: 1300 }], way: FAR }),
  'mtu-both-1450': like('mtu-both-1280', { bridge: [{ do: 'drop', proto: 6, longer: 1450 }] }),
  'mtu-down-1350': like('mtu-down', { bridge: [{ do: 'drop', way: 'down', proto: 6, longer: 1350 }] }),
  'mtu-later-far': like('mtu-later', { way: FAR }),

  'ip6-silent-far': like('ip6-silent', { way: FAR }),
  'ip6-reset-close': like('ip6-reset', { way: CLOSE }),
  'ip6-one-far': like('ip6-one', { way: FAR }),
  'idle-reset-5': like('idle-reset', { bridge: [{ do: 'reset', ...TLS, idle: 5 }], way: FAR }),
  'idle-drop-5': like('idle-drop', { bridge: [{ do: 'drop', ...TLS, idle: 5 }] }),
  'loss-up-9': like('loss-up', { bridge: [{ do: 'drop', way: 'up', share: 0.09 }], way: FAR }),
  'loss-down-16': like('loss-down', { bridge: [{ do: 'drop', way: 'down', share: 0.16 }] }),
  'loss-both-8': like('loss-down', { bridge: [{ do: 'drop', share: 0.08 }] }),
  'delay-2600': like('delay-1500', { bridge: [{ do: 'delay', ms: 1300 }] }),
  'delay-800': like('delay-1500', { bridge: [{ do: 'delay', ms: 400 }] }),

  'syn-drop-far': like('syn-drop', { way: FAR }),
  'syn-reset-close': like('syn-reset', { way: CLOSE }),
  'sni-reset-far': like('sni-reset', { way: FAR }),
  'sni-drop-close': like('sni-drop', { way: CLOSE }),
  'sni-alert-112': like('sni-alert', {
    bridge: [{ do: 'alert', way: 'up', name: '{name}', data: true, alert: 112 }],
  }),
  'sni-alert-49-far': like('sni-alert', {
    ...{ bridge: [{ do: 'alert', way: 'up', name: '{name}', data: true, alert: 49 }], way: FAR },
  }),
  'icmp-10': like('icmp-13', { bridge: [{ do: 'icmp', way: 'up', ...TLS, code: 10 }], way: FAR }),
  'data-drop-far': like('data-drop', { way: FAR }),
};

const ONE = '198.18.77.7';
/** One address of the model API, which the bridge can tell from all others. */
const toOne = (fault: LabFault, rule: BridgeRule): LabFault => ({
  ...fault,
  ...{ isOfAll: false, names: [{ name: NAME, address: ONE }], bridge: [{ ...rule, to: ONE }] },
  curl: ['https://bystander.example/'],
});
const useGate = (port: number): Partial<LabFault> => ({
  names: [{ name: '^outbound.branch.example$', address: PROXY }],
  ...{ env: proxyEnv(`http://outbound.branch.example:${port}`), proxyPort: port },
});
const SQUID = `<!DOCTYPE html><html><head><title>ERROR</title></head><body>${'<p>The requested URL could not be retrieved</p>'.repeat(80)}</body></html>`;
const BIG = `<html><body>${'<div class="row">no access from this network</div>'.repeat(260)}</body></html>`;
const V6 = { v6: true, proto: 6 } as const;
const OF_BRANCH = 'branch.example$|home.arpa$|site.example$';

/** A third set: other kinds, and values that neither set above has. */
const FURTHER_VALUES: Readonly<Record<string, LabFault>> = {
  'healthy-satellite': like('healthy', { way: { delayMs: 160, hops: 13 } }),
  'healthy-think-4s': like('healthy', { answers: { status: 200, delayMs: 4000 }, way: CLOSE }),
  'healthy-think-700': like('healthy', { answers: { status: 200, delayMs: 700 } }),
  'healthy-gate-login': like('healthy-proxy-login', {
    ...{ ...useGate(8081), env: proxyEnv('http://lab:lab@outbound.branch.example:8081'), way: FAR },
    proxy: [{ name: '.', status: 407, isLogin: true }],
  }),
  'healthy-gate-3129': like('healthy', { ...useGate(3129), proxy: [] }),
  'healthy-jitter': like('healthy', { bridge: [{ do: 'delay', ms: 70, share: 0.15 }] }),
  'healthy-loss-2': like('healthy', { way: CLOSE, bridge: [{ do: 'drop', share: 0.02 }] }),
  'healthy-no-aaaa': like('healthy', { names: [{ name: '.', type: 28, rcode: 3 }] }),
  'healthy-search-branch': like('healthy', {
    ...{ search: 'branch.example home.arpa', resolverOptions: 'ndots:3' },
    names: [{ name: OF_BRANCH, rcode: 3 }],
  }),
  'healthy-ip6-far': like('healthy-ip6', { way: FAR }),
  'healthy-servfail-second': like('healthy', {
    ...{ resolvers: [SECOND_RESOLVER, SERVER], way: CLOSE },
    names: [{ name: '.', rcode: 2, resolver: SECOND_RESOLVER }],
  }),

  'dns-servfail-first-late': {
    ...{ fault: 'dns-slow', leg: 'resolver', alike: ['dns-refused', 'dns-timeout'] },
    ...{ resolvers: [SECOND_RESOLVER, SERVER] },
    names: [{ name: NAME, rcode: 2, delayMs: 1800, resolver: SECOND_RESOLVER }],
  },
  'dns-late-2200': like('dns-late', { names: [{ name: NAME, delayMs: 2200 }] }),
  'dns-late-all-900': like('dns-late-all', { names: [{ name: '.', delayMs: 900 }], tells: 'only-likely' }),
  'dns-refused-a': like('dns-refused-late', {
    names: [
      { name: NAME, type: 28, rcode: 2 },
      { name: NAME, rcode: 5 },
    ],
  }),
  'dns-aaaa-silent': {
    ...{ fault: 'dns-timeout', leg: 'resolver', alike: ['dns-slow'] },
    names: [{ name: NAME, type: 28, isSilent: true }],
  },
  'dns-carrier-address': like('dns-sinkhole', {
    names: [{ name: NAME, address: '100.64.0.9' }],
    bridge: [{ do: 'drop', to: '100.64.0.9' }],
  }),
  'dns-search-branch': like('dns-search', {
    search: 'branch.example site.example home.arpa',
    names: [
      { name: OF_BRANCH, rcode: 3 },
      { name: NAME, rcode: 3, delayMs: 60 },
    ],
  }),
  'dns-first-silent-1s': like('dns-first-silent', { resolverOptions: 'timeout:1', alike: ['dns-slow'] }),
  'dns-empty-late': like('dns-empty', { names: [{ name: NAME, isEmpty: true, delayMs: 800 }] }),
  'doh-servfail': like('doh-nxdomain', {
    fault: 'dns-refused',
    names: [{ name: '^dns.google$', rcode: 2 }],
  }),
  'doh-name-silent': like('doh-nxdomain', {
    ...{ fault: 'dns-timeout', alike: ['dns-refused'] },
    names: [{ name: '^dns.google$', isSilent: true }],
  }),

  'proxy-502-squid': like('proxy-503', {
    ...useGate(3129),
    proxy: [{ name: NAME, status: 502, body: SQUID }],
  }),
  'proxy-504-late': like('proxy-504', {
    ...{ ...useGate(8081), proxy: [{ name: NAME, status: 504, body: SQUID, delayMs: 3500 }] },
  }),
  'proxy-ends': like('proxy-no-answer', {
    ...{ proxy: [{ name: NAME, status: 0, isEnded: true }] },
    alike: ['proxy-unreachable', 'proxy-denied'],
  }),
  'proxy-resets-connect': like('proxy-no-answer', {
    ...{ proxy: [], isOfAll: true, alike: ['proxy-unreachable', 'proxy-denied'] },
    bridge: [{ do: 'reset', way: 'up', near: true, to: PROXY, data: true }],
  }),
  'proxy-403-squid': like('proxy-403', {
    ...useGate(3129),
    proxy: [{ name: NAME, status: 403, body: SQUID }],
  }),
  'proxy-429': like('proxy-403', { ...useGate(8000), proxy: [{ name: NAME, status: 429 }] }),
  'proxy-407-squid': like('proxy-407', {
    ...{ ...useGate(8081), proxy: [{ name: '.', status: 407, body: SQUID }] },
  }),
  'proxy-lifetime-2': like('proxy-lifetime-6', {
    ...{ answers: { status: 200, delayMs: 5000 }, proxy: [{ name: '.', status: 200, endAfterMs: 2500 }] },
  }),
  'proxy-silent-8000': like('proxy-silent-8080', {
    ...{ ...useGate(8000), proxy: [], bridge: [{ do: 'drop', to: PROXY, port: 8000, near: true }] },
  }),
  'proxy-name-servfail': like('proxy-no-name', {
    ...{ ...useGate(8081), alike: ['dns-refused', 'dns-nxdomain'] },
    ...{ names: [{ name: '^outbound.branch.example$', rcode: 2 }], proxy: [] },
  }),
  'proxy-ignored-icmp-1': like('proxy-ignored-icmp', {
    bridge: [{ do: 'icmp', way: 'up', ...TLS, code: 1 }],
  }),
  'proxy-pac-hello-reset': like('proxy-pac-drop', {
    ...{ alike: ['sni-reset', 'tcp-refused', 'data-blackhole'] },
    bridge: [{ do: 'reset', way: 'up', ...TLS, data: true }],
  }),
  'proxy-localhost-404': like('proxy-localhost-403', { proxy: [{ name: '^localhost$', status: 404 }] }),

  'upgrade-429': like('upgrade-400', { upgrade: { status: 429 } }),
  'upgrade-500': like('upgrade-400', { upgrade: { status: 500 }, way: CLOSE }),
  'upgrade-504': like('upgrade-400', { upgrade: { status: 504 }, way: FAR }),
  'upgrade-idle-drop-3': like('upgrade-idle-reset', {
    ...{ fault: 'idle-cut-silent', alike: ['provider-slow', 'data-blackhole', 'buffering'] },
    bridge: [{ do: 'drop', ...TLS, idle: 3 }],
  }),
  'upgrade-proxy-504': like('upgrade-proxy-403', {
    ...{ fault: 'proxy-bad-gateway', proxy: [{ name: NAME, status: 504, delayMs: 900 }] },
  }),

  'http-401-12k': like('http-401', { answers: { status: 401, body: BIG } }),
  'http-403-nobody': like('http-403', { answers: { status: 403 }, way: FAR }),
  'http-429-1s': like('http-429', { answers: { status: 429, body: PAGE, headers: { 'retry-after': '1' } } }),
  'http-503-late': like('http-503', {
    answers: { status: 503, body: '{"error":{"message":"upstream is not ready"}}', delayMs: 1400 },
    way: CLOSE,
  }),
  'http-504-4s': like('http-503', {
    ...{ answers: { status: 504, body: HTML, delayMs: 4000 }, alike: ['provider-auth', 'provider-slow'] },
  }),
  'http-401-second': like('http-401-midway', { answers: { status: 401, body: HTML, after: 1 }, way: FAR }),

  'mtu-up-1340': like('mtu-up', { bridge: [{ do: 'drop', way: 'up', proto: 6, longer: 1340 }], way: CLOSE }),
  'mtu-down-1410': like('mtu-down', { bridge: [{ do: 'drop', way: 'down', proto: 6, longer: 1410 }] }),
  'mtu-both-576': like('mtu-both-1280', { bridge: [{ do: 'drop', proto: 6, longer: 576 }], way: FAR }),
  'loss-up-20': like('loss-up', { bridge: [{ do: 'drop', way: 'up', share: 0.2 }], way: CLOSE }),
  'loss-down-10': like('loss-down', { bridge: [{ do: 'drop', way: 'down', share: 0.1 }] }),
  'delay-1200': like('delay-1500', { bridge: [{ do: 'delay', ms: 600 }], way: FAR }),
  'delay-up-1000': like('delay-1500', { bridge: [{ do: 'delay', way: 'up', ms: 1000 }] }),
  'idle-reset-2': like('idle-reset', {
    ...{ answers: { status: 200, delayMs: 5500 }, bridge: [{ do: 'reset', ...TLS, idle: 2.5 }] },
  }),
  'age-reset-2': like('idle-reset', {
    ...{ answers: { status: 200, delayMs: 3500 }, alike: ['proxy-lifetime', 'provider-error'], way: CLOSE },
    bridge: [{ do: 'reset', ...TLS, age: 2 }],
  }),
  'ip6-answers-lost': like('ip6-silent', { bridge: [{ do: 'drop', way: 'down', ...V6 }] }),
  'ip6-hello-reset': like('ip6-reset', {
    ...{ bridge: [{ do: 'reset', way: 'up', ...V6, data: true }], alike: ['sni-reset', 'tcp-refused'] },
  }),
  'ip6-mtu-1400': like('ip6-mtu', { bridge: [{ do: 'drop', way: 'up', ...V6, longer: 1400 }], way: FAR }),

  'sni-reset-answer': like('sni-reset', {
    ...{ bridge: [{ do: 'reset', way: 'down', name: '{name}', data: true }], way: CLOSE },
    legs: ['local-firewall', 'path'],
  }),
  'sni-drop-up': like('sni-drop', { bridge: [{ do: 'drop', way: 'up', name: '{name}' }], way: FAR }),
  'sni-alert-80': like('sni-alert', {
    bridge: [{ do: 'alert', way: 'up', name: '{name}', data: true, alert: 80 }],
  }),
  'one-syn-reset': toOne(
    like('syn-reset', { alike: ['provider-refused'], legs: ['local-firewall', 'provider', 'path'] }),
    { do: 'reset', way: 'up', syn: true, proto: 6 },
  ),
  'one-syn-drop': toOne(like('syn-drop', { alike: [] }), { do: 'drop', way: 'up', proto: 6 }),
  'one-icmp-3': toOne(like('icmp-13', { alike: [] }), { do: 'icmp', way: 'up', proto: 6, code: 9 }),
  'data-drop-sent': like('data-drop', {
    ...{ alike: ['mtu-blackhole', 'idle-cut-silent', 'squeeze'], tells: 'only-likely' },
    bridge: [{ do: 'drop', way: 'up', ...TLS, data: true, sent: 4000 }],
  }),
  'untrusted-node': like('untrusted-curl', { trust: 'system-store', way: FAR }),
  'untrusted-python': like('untrusted-curl', { trust: 'NODE_EXTRA_CA_CERTS' }),
};

/** The fault with the names of a plan. */
export function faultOf(name: string, model: string): LabFault {
  const all = { ...LAB_FAULTS, ...OTHER_VALUES, ...FURTHER_VALUES, ...LATER_FAULTS };
  const fault = all[name];
  if (fault === undefined)
    throw new Error(`no fault "${name}"; there are: ${Object.keys(all).sort().join(', ')}`);
  return JSON.parse(JSON.stringify(fault).replaceAll('{name}', model));
}
