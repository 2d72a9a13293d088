// A fourth set of faults: SOCKS proxies, truncated DNS answers, resets right behind the SYN-ACK, slow lines upwards, and names of
// proxies. "{name}" stands for the model API of the plan.
import type { LabFault, SocksRule } from './faults.ts';
import { proxyEnv } from './faults.ts';
import { PROXY } from './network.ts';

const NAME = '^{name}$';
const TLS = { proto: 6, port: 443 } as const;
const FAR = { delayMs: 60, hops: 14 } as const;

const SOCKS_VARIABLES = ['ALL_PROXY', 'all_proxy'];
const socksEnv = (scheme: string, { port = 1080 }: SocksRule, login = ''): Readonly<Record<string, string>> =>
  Object.fromEntries(SOCKS_VARIABLES.map((variable) => [variable, `${scheme}://${login}${PROXY}:${port}`]));
const socks = (
  fault: LabFault['fault'],
  rule: SocksRule,
  { scheme = 'socks5h', login, ...more }: Partial<LabFault> & { scheme?: string; login?: string } = {},
): LabFault => ({
  ...{ fault, leg: 'proxy', socks: rule, env: socksEnv(scheme, rule, login), ...more },
});
const EITHER = { alike: ['proxy-denied', 'proxy-bad-gateway'] } as const;
const atOnce = (more: Partial<LabFault> = {}): LabFault => ({
  ...{
    fault: 'tcp-refused',
    leg: 'local-firewall',
    alike: ['provider-refused', 'sni-reset', 'proxy-ignored'],
  },
  ...{ bridge: [{ do: 'reset-open', way: 'down', ...TLS, accepts: true }], isOfAll: true },
  ...more,
});
const noName = (name: string, more: Partial<LabFault> = {}): LabFault => ({
  ...{ fault: 'proxy-unreachable', leg: 'proxy', legs: ['proxy', 'resolver', 'client'], isOfAll: true },
  ...{ alike: ['dns-nxdomain', 'tcp-refused', 'tcp-blackhole'], names: [{ name: `^${name}$`, rcode: 3 }] },
  env: proxyEnv(`http://${name}:8080`),
  ...more,
});

export const LATER_FAULTS: Readonly<Record<string, LabFault>> = {
  'healthy-socks5h': socks('none', {}, { leg: 'none' }),
  'healthy-socks5': socks('none', {}, { leg: 'none', scheme: 'socks5' }),
  'healthy-socks4a': socks('none', {}, { leg: 'none', scheme: 'socks4a' }),
  'healthy-socks-login': socks('none', { method: 2, port: 9050 }, { leg: 'none', login: 'lab:lab@' }),
  'socks-reply-1': socks('proxy-bad-gateway', { replies: { [NAME]: 1 } }, EITHER),
  'socks-reply-2': socks('proxy-denied', { replies: { [NAME]: 2 } }),
  'socks-reply-3': socks('proxy-bad-gateway', { replies: { [NAME]: 3 } }),
  'socks-reply-4': socks('proxy-bad-gateway', { replies: { [NAME]: 4 }, port: 1081 }),
  'socks-reply-5': socks('proxy-bad-gateway', { replies: { [NAME]: 5 }, port: 9050 }),
  'socks-reply-6': socks('proxy-bad-gateway', { replies: { [NAME]: 6 } }),
  'socks-reply-7': socks('proxy-denied', { replies: { [NAME]: 7 } }, EITHER),
  'socks-reply-8': socks('proxy-bad-gateway', { replies: { [NAME]: 8 } }, EITHER),
  'socks-reply-2-address': socks(
    'proxy-denied',
    { replies: { '.': 2 } },
    { scheme: 'socks5', isOfAll: true },
  ),
  'socks-reply-5-login': socks(
    'proxy-bad-gateway',
    { method: 2, replies: { [NAME]: 5 } },
    { login: 'lab:lab@' },
  ),
  'socks-no-method': socks('proxy-auth', { method: 255 }, { isOfAll: true }),
  'socks-no-method-9050': socks('proxy-auth', { method: 255, port: 9050 }, { isOfAll: true }),
  'socks-login': socks(
    'proxy-auth',
    { method: 2, isLoginRefused: true },
    { login: 'lab:other@', isOfAll: true },
  ),
  'socks-silent': socks(
    'proxy-bad-gateway',
    { isSilent: true },
    { alike: ['proxy-unreachable'], isOfAll: true },
  ),
  'socks4-91': socks(
    'proxy-denied',
    { replies: { '.': 91 } },
    { scheme: 'socks4a', isOfAll: true, ...EITHER },
  ),
  'socks4-91-address': socks(
    'proxy-denied',
    { replies: { '.': 91 } },
    { scheme: 'socks4', isOfAll: true, ...EITHER },
  ),
  'socks4-92': socks('proxy-auth', { replies: { '.': 92 } }, { scheme: 'socks4a', isOfAll: true }),
  'socks4-93': socks('proxy-auth', { replies: { [NAME]: 93 } }, { scheme: 'socks4a' }),

  'reset-at-once': atOnce(),
  'reset-at-once-far': atOnce({ way: FAR }),

  'dns-truncated-refused': {
    ...{ fault: 'dns-timeout', leg: 'resolver', legs: ['resolver', 'local-firewall'], isOfAll: true },
    ...{ alike: ['dns-refused', 'dns-blocked'], names: [{ name: '.', isTruncated: true }] },
  },
  'dns-truncated-silent': {
    ...{ fault: 'dns-timeout', leg: 'resolver', legs: ['resolver', 'local-firewall'] },
    ...{ alike: ['dns-refused', 'dns-blocked'], names: [{ name: NAME, isTruncated: true }] },
    bridge: [{ do: 'drop', proto: 6, port: 53, near: true }],
  },
  'healthy-dns-truncated': {
    ...{ fault: 'none', leg: 'none', names: [{ name: '.', isTruncated: true }], hasTcpNames: true },
  },

  'squeeze-up-48': {
    ...{ fault: 'squeeze', leg: 'path', isOfAll: true, alike: ['delay'], tells: 'only-likely' },
    bridge: [{ do: 'squeeze', way: 'up', kbit: 48 }],
  },
  'squeeze-up-96': {
    ...{ fault: 'squeeze', leg: 'path', isOfAll: true, alike: ['delay'], tells: 'only-likely', way: FAR },
    bridge: [{ do: 'squeeze', way: 'up', kbit: 96 }],
  },

  'proxy-name-forward': noName('forward-proxy.corp.example'),
  'proxy-name-webgw': noName('webgw.corp.example'),
  'proxy-name-squid': noName('squid01.corp.example'),
  // The name leads to a host that is no proxy.
  'proxy-name-other-host': noName('http-proxy.corp.example', {
    names: [{ name: '^http-proxy.corp.example$', address: '10.77.0.4' }],
  }),
  'proxy-name-other-host-drop': noName('proxyserver.corp.example', {
    names: [{ name: '^proxyserver.corp.example$', address: '10.77.0.66' }],
  }),
};
