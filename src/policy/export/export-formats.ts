// Lists the export formats. A new format needs its file and a line here.

import { exportCilium } from './cilium.ts';
import { exportLists, type ListFormat } from './lists.ts';
import { exportMisp } from './misp.ts';
import {
  ADGUARD,
  DNSMASQ,
  exportCloudflare,
  exportFortigate,
  PALOALTO,
  PIHOLE,
  UMBRELLA,
} from './name-lists.ts';
import { NFTABLES } from './nftables.ts';
import {
  type ExportContext,
  type ExportFile,
  exportPlans,
  type PlanFormat,
  plansWithNetworks,
} from './plan.ts';
import { RPZ } from './rpz.ts';
import { exportSigma } from './sigma.ts';
import { SQUID } from './squid.ts';
import { exportStix } from './stix.ts';
import { exportSuricata } from './suricata.ts';
import { WINDOWS_DNS } from './windows-dns.ts';

/** The traffic that a device can match with a format. `policy export --against` uses it. */
export interface Reach {
  /** The device is a resolver, inspects TLS and QUIC handshakes, is a proxy, or filters packets. */
  readonly sees: readonly ('dns' | 'tls' | 'quic' | 'connect' | 'packets')[];
  /** below: an entry for a name also matches the names below it. none: the format has no names. */
  readonly names: 'asWritten' | 'below' | 'none';
  readonly hasGlobs: boolean;
  readonly hasNetworks: boolean;
  /** The device distinguishes clients of the scope, exceptions and gateways from others. */
  readonly hasScope: boolean;
}

interface ExportFormat {
  readonly write: (context: ExportContext) => ExportFile[];
  /** Null if the format blocks nothing. */
  readonly reach: Reach | null;
  /** True if --alert-only affects it. */
  readonly canOnlyAlert?: true;
  /**
   * States which output needs a folder: lists of several kinds, or more than one document, because programs read only
   * one from a stream. Absent: a stream can contain everything.
   */
  readonly inFolder?: 'lists' | 'documents';
}

const resolver = (names: Reach['names'], hasGlobs = false, hasScope = false): Reach => ({
  sees: ['dns'],
  names,
  hasGlobs,
  hasNetworks: false,
  hasScope,
});

const exportAsLists =
  (format: ListFormat) =>
  (context: ExportContext): ExportFile[] =>
    exportLists(context, format);

const exportAsPlans =
  (format: PlanFormat) =>
  (context: ExportContext): ExportFile[] =>
    exportPlans(context, format);

export const EXPORT_FORMATS: Readonly<Record<string, ExportFormat>> = {
  suricata: {
    write: exportSuricata,
    reach: {
      sees: ['dns', 'tls', 'quic'],
      names: 'asWritten',
      hasGlobs: true,
      hasNetworks: false,
      hasScope: true,
    },
    canOnlyAlert: true,
  },
  rpz: {
    write: exportAsPlans(RPZ),
    reach: resolver('asWritten'),
    inFolder: 'documents',
  },
  squid: {
    write: exportAsPlans(SQUID),
    reach: { sees: ['connect'], names: 'asWritten', hasGlobs: true, hasNetworks: false, hasScope: true },
  },
  nftables: {
    write: (context) => exportPlans(context, NFTABLES, plansWithNetworks(context)),
    reach: { sees: ['packets'], names: 'none', hasGlobs: false, hasNetworks: true, hasScope: true },
  },
  paloalto: {
    write: exportAsLists(PALOALTO),
    reach: { sees: ['dns', 'tls'], names: 'asWritten', hasGlobs: false, hasNetworks: false, hasScope: false },
    inFolder: 'lists',
  },
  fortigate: {
    write: exportFortigate,
    reach: {
      sees: ['dns', 'packets'],
      names: 'asWritten',
      hasGlobs: true,
      hasNetworks: true,
      hasScope: false,
    },
    inFolder: 'lists',
  },
  umbrella: {
    write: exportAsLists(UMBRELLA),
    reach: resolver('below'),
  },
  cloudflare: {
    write: exportCloudflare,
    reach: { sees: ['dns', 'tls'], names: 'asWritten', hasGlobs: false, hasNetworks: false, hasScope: false },
    inFolder: 'lists',
  },
  pihole: { write: exportAsLists(PIHOLE), reach: resolver('asWritten') },
  adguard: {
    write: exportAsLists(ADGUARD),
    reach: resolver('asWritten', true),
  },
  dnsmasq: { write: exportAsLists(DNSMASQ), reach: resolver('below') },
  'windows-dns': {
    write: exportAsPlans(WINDOWS_DNS),
    reach: resolver('asWritten', false, true),
  },
  cilium: {
    write: exportCilium,
    reach: { sees: ['packets'], names: 'none', hasGlobs: false, hasNetworks: true, hasScope: false },
  },
  sigma: { write: exportSigma, reach: null },
  misp: { write: exportMisp, reach: null, inFolder: 'documents' },
  stix: { write: exportStix, reach: null, inFolder: 'documents' },
};
