// Lists the kinds of input by their names in --input-format.

/** Log formats of other sensors. Each has a reader in src/reading/logs/formats/, which a test verifies. */
export const LOG_FORMAT_IDS = [
  'zeek',
  'suricata',
  'squid',
  'arkime',
  'ipfix',
  'dnsmasq',
  'pihole',
  'unbound',
  'bind',
  'coredns',
  'powerdns',
  'technitium',
  'dnscrypt-proxy',
  'blocky',
  'routedns',
  'systemd-resolved',
  'dnstap',
  'adguard',
  'windows-dns',
  'route53',
  'fortigate',
  'paloalto',
  'strata',
  'zscaler',
  'aws-flow',
  'azure-flow',
  'checkpoint',
  'cloudflare',
  'gcp-flow',
  'netskope',
  'netskope-events',
  'sophos',
  'sophos-utm',
  'umbrella',
] as const;
export type LogFormatId = (typeof LOG_FORMAT_IDS)[number];

/** Logs of proxies, firewalls and web gateways, which do not show traffic that takes another path. */
export const GATEWAY_LOGS: ReadonlySet<string> = new Set<LogFormatId>([
  'squid',
  'fortigate',
  'paloalto',
  'strata',
  'zscaler',
  'checkpoint',
  'cloudflare',
  'netskope',
  'netskope-events',
  'sophos',
  'sophos-utm',
  'umbrella',
]);

export const INPUT_FORMATS: readonly string[] = ['capture', ...LOG_FORMAT_IDS];
