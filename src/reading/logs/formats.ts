// Lists the log formats. A format is one file in formats/ and one line here, or an entry of formats/resolvers.ts.

import { withEnvelopes } from './envelope.ts';
import { ADGUARD } from './formats/adguard.ts';
import { ARKIME } from './formats/arkime.ts';
import { AWS_FLOW } from './formats/aws-flow.ts';
import { AZURE_FLOW } from './formats/azure-flow.ts';
import { BIND } from './formats/bind.ts';
import { CHECK_POINT } from './formats/checkpoint.ts';
import { CLOUDFLARE } from './formats/cloudflare.ts';
import { DNSMASQ } from './formats/dnsmasq.ts';
import { FORTIGATE } from './formats/fortigate.ts';
import { GCP_FLOW } from './formats/gcp-flow.ts';
import { IPFIX } from './formats/ipfix.ts';
import { NETSKOPE } from './formats/netskope.ts';
import { NETSKOPE_EVENTS } from './formats/netskope-events.ts';
import { PALO_ALTO } from './formats/paloalto.ts';
import { PIHOLE } from './formats/pihole.ts';
import { RESOLVER_FORMATS } from './formats/resolvers.ts';
import { ROUTE53 } from './formats/route53.ts';
import { SOPHOS } from './formats/sophos.ts';
import { SOPHOS_UTM } from './formats/sophos-utm.ts';
import { SQUID } from './formats/squid.ts';
import { STRATA } from './formats/strata.ts';
import { SURICATA } from './formats/suricata.ts';
import { UMBRELLA } from './formats/umbrella.ts';
import { UNBOUND } from './formats/unbound.ts';
import { WINDOWS_DNS } from './formats/windows-dns.ts';
import { ZEEK } from './formats/zeek.ts';
import { ZSCALER } from './formats/zscaler.ts';
import type { LogFormat, LogSample } from './records.ts';

/** Formats in the order in which they are tried: those with the most specific lines first. */
export const LOG_FORMATS: readonly LogFormat[] = [
  SURICATA,
  FORTIGATE,
  PALO_ALTO,
  STRATA,
  CHECK_POINT,
  ZSCALER,
  CLOUDFLARE,
  GCP_FLOW,
  NETSKOPE,
  NETSKOPE_EVENTS,
  SOPHOS,
  SOPHOS_UTM,
  UMBRELLA,
  ROUTE53,
  ADGUARD,
  PIHOLE,
  ARKIME,
  IPFIX,
  ZEEK,
  ...RESOLVER_FORMATS,
  DNSMASQ,
  UNBOUND,
  BIND,
  WINDOWS_DNS,
  SQUID,
  AWS_FLOW,
  AZURE_FLOW,
].map(withEnvelopes);

export const formatNamed = (id: string): LogFormat | undefined =>
  LOG_FORMATS.find((format) => format.id === id);

/**
 * Returns all products in a log that several write, for example on a syslog server: the recognized one first, then
 * those that own other lines of its beginning.
 */
export function productsIn(sample: LogSample, first: LogFormat): readonly LogFormat[] {
  if (first.owns === undefined) return [first];
  const left = sample.lines.filter((line) => first.owns?.(line) !== true);
  const others = LOG_FORMATS.filter((format) => {
    const lines = left.filter((line) => format !== first && format.owns?.(line) === true);
    return lines.length > 0 && format.recognizes({ ...sample, lines }, []);
  });
  return [first, ...others];
}

/** Recognizes a log by content, not by name; null for an unknown log. */
export function recognize(sample: LogSample, definitions: readonly string[]): LogFormat | null {
  if (sample.lines.length === 0) return null;
  return LOG_FORMATS.find((format) => format.recognizes(sample, definitions)) ?? null;
}
