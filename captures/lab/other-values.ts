// Faults with other values than those that the rules of `diagnose` were written from: ways, times, statuses, ports, sizes.
import { LAB_FAULTS, type LabFault, proxyEnv } from './faults.ts';
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

/** The fault with the names of a plan. */
export function faultOf(name: string, model: string): LabFault {
  const all = { ...LAB_FAULTS, ...OTHER_VALUES };
  const fault = all[name];
  if (fault === undefined)
    throw new Error(`no fault "${name}"; there are: ${Object.keys(all).sort().join(', ')}`);
  return JSON.parse(JSON.stringify(fault).replaceAll('{name}', model));
}
