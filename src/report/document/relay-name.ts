// A suspected relay has no name of its own: the text for it is in the language of the report, unlike names of the catalogue.

import type { Comparison, HostReport, ReportDocument } from '../../model/report.ts';
import { RELAY_ID } from '../../model/words.ts';

type Named = { readonly tool: string; readonly name: string };

export function withRelayName(document: ReportDocument, name: string): ReportDocument {
  const renamed = <T extends Named>(one: T): T =>
    one.tool === RELAY_ID && one.name !== name ? { ...one, name } : one;
  const { comparison } = document;
  return {
    ...document,
    hosts: document.hosts.map((host) => withProviders(host, renamed)),
    ...(comparison === undefined ? {} : { comparison: inComparison(comparison, renamed) }),
  };
}

/** Hosts without a relay stay as they are, packed. */
function withProviders(host: HostReport, renamed: <T extends Named>(one: T) => T): HostReport {
  const providers = host.providers.map(renamed);
  return providers.some((one, i) => one !== host.providers[i]) ? { ...host, providers } : host;
}

const inComparison = (comparison: Comparison, renamed: <T extends Named>(one: T) => T): Comparison => ({
  ...comparison,
  tools: comparison.tools.map(renamed),
});
