// The table of export formats: adding one takes its file and a line here.

import { exportMisp } from './misp.ts';
import { exportNftables } from './nftables.ts';
import type { ExportContext, ExportFile } from './plan.ts';
import { exportRpz } from './rpz.ts';
import { exportSigma } from './sigma.ts';
import { exportSquid } from './squid.ts';
import { exportStix } from './stix.ts';
import { exportSuricata } from './suricata.ts';

export const EXPORT_FORMATS: Readonly<
  Record<
    string,
    {
      readonly describes: string;
      readonly write: (context: ExportContext) => ExportFile[];
      /** Whether --alert-only affects it. */
      readonly canOnlyAlert?: true;
    }
  >
> = {
  suricata: {
    describes: 'rules for Suricata: tls.sni, quic.sni, dns.query, ja4.hash',
    write: exportSuricata,
    canOnlyAlert: true,
  },
  rpz: { describes: 'a DNS response policy zone', write: exportRpz },
  squid: { describes: 'access lists for Squid', write: exportSquid },
  nftables: { describes: 'sets of vendor-owned networks for nftables', write: exportNftables },
  sigma: { describes: 'Sigma rules for DNS and proxy logs', write: exportSigma },
  misp: { describes: 'a MISP event', write: exportMisp },
  stix: { describes: 'a STIX 2.1 bundle', write: exportStix },
};
