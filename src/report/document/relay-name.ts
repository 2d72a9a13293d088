// Names suspected relays in the language of the report, because they have no name in the catalogue.

import { RELAY_ID } from '../../model/catalogue-words.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { HostReport, ReportDocument } from '../../model/report.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';

export function withRelayName(document: ReportDocument, name: string): ReportDocument {
  // Documents are in English, so their hosts need not be unpacked.
  if (name === ENGLISH_WORDS.relayName) return document;
  const renameRow = <T extends { readonly tool: string }>(row: T): T =>
    row.tool === RELAY_ID ? { ...row, name } : row;
  const { comparison } = document;
  return {
    ...document,
    hosts: document.hosts.map((host) => withProviders(host, renameRow)),
    ...omitUndefined({ comparison: comparison && { ...comparison, tools: comparison.tools.map(renameRow) } }),
  };
}

/** Hosts without a relay stay packed. */
function withProviders(
  host: HostReport,
  renamed: <T extends { readonly tool: string }>(row: T) => T,
): HostReport {
  const { providers } = host;
  return providers.some(({ tool }) => tool === RELAY_ID)
    ? { ...host, providers: providers.map(renamed) }
    : host;
}
