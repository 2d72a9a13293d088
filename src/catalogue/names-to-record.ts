// Selects the names that a sensor records: those of the catalogue, and additional ones.

import type { RecordFilter } from '../model/flow.ts';
import type { UsageLookup } from '../model/usage.ts';
import { matchesGlob } from '../text/glob.ts';
import type { Catalogue } from './catalogue.ts';

export interface AdditionalNames {
  /** Names whose connections are recorded like those of the catalogue, for a diagnosis of captures. */
  readonly alsoNames?: readonly string[];
  /** Records queries for a model API with an appended search domain too, for a diagnosis of captures. */
  readonly withSearchDomains?: boolean;
  /** Names of which only the addresses in DNS answers are recorded. */
  readonly lookedUp?: readonly string[];
}

export function namesToRecord(
  catalogue: Catalogue,
  { alsoNames = [], withSearchDomains = false, lookedUp = [] }: AdditionalNames,
): { readonly lookup: UsageLookup; readonly watchlist: RecordFilter } {
  const watchlist = catalogue.watchlist();
  const searched = withSearchDomains ? listModels(catalogue) : new Set<string>();
  if (alsoNames.length + searched.size + lookedUp.length === 0) return { lookup: catalogue, watchlist };
  const isOneOf = (patterns: readonly string[], name: string): boolean =>
    patterns.some((pattern) => matchesGlob(pattern, name, 0));
  const recorded = [...alsoNames, ...[...searched].map((name) => `${name}.*`)];
  return {
    lookup: {
      isListed: (name) => catalogue.isListed(name) || isOneOf(alsoNames, name) || isSearched(searched, name),
      isLookedUp: (name) => isOneOf(lookedUp, name),
      runtimeOf: (form) => catalogue.runtimeOf(form),
      needsLoop: (form) => catalogue.needsLoop(form),
      keepsConversation: (form) => catalogue.keepsConversation(form),
      findNetworkOwner: (address) => catalogue.findNetworkOwner(address),
    },
    watchlist: {
      ...watchlist,
      names: [...watchlist.names, ...recorded, ...lookedUp.map((name) => name.replace(/^\*/, ''))],
      ...(watchlist.listed === undefined ? {} : { listed: [...watchlist.listed, ...recorded] }),
    },
  };
}

const listModels = ({ tools }: Catalogue): ReadonlySet<string> =>
  new Set(
    tools.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ role, host }) => (role === 'inference' && !host.includes('*') ? [host] : [])),
    ),
  );

/** True for one of the names with an appended search domain. */
function isSearched(names: ReadonlySet<string>, name: string): boolean {
  for (let dot = name.indexOf('.'); names.size > 0 && dot > 0; dot = name.indexOf('.', dot + 1))
    if (names.has(name.slice(0, dot))) return true;
  return false;
}
