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

export const INPUT_FORMATS: readonly string[] = ['capture', ...LOG_FORMAT_IDS];
