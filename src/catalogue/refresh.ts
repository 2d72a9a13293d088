// Compares package registries with the catalogue: newer versions, and unlisted names.

import { compareText } from '../net/address.ts';
import type { Catalogue } from './catalogue.ts';
import { siteOf } from './draft.ts';
import { isProviderKind } from './rules.ts';
import type { ToolEntry } from './schema.ts';
import { recordedVersions } from './status.ts';

/** One package of one tool. */
export interface KnownPackage {
  readonly tool: ToolEntry;
  readonly npm: string;
  /** The newest known version. */
  readonly known: string;
  /** The newest version that was recorded; null: none. */
  readonly recorded: string | null;
}

export type PackageState = 'same' | 'newer' | 'notThere';

export interface RefreshedPackage {
  readonly tool: string;
  readonly npm: string;
  readonly recorded: string | null;
  readonly known: string;
  /** Null: the registry does not have it. */
  readonly registry: string | null;
  readonly state: PackageState;
  /** Names of the package next to exclusive names of the tool, missing in its entry; null: not examined. */
  readonly newNames: readonly string[] | null;
  /** Other unlisted names of the package. */
  readonly otherNames: readonly string[] | null;
}

/** Of the tools that have packages, by tool and package. */
export function knownPackages(tools: readonly ToolEntry[]): KnownPackage[] {
  return tools
    .filter((tool) => !isProviderKind(tool))
    .flatMap((tool) =>
      (tool.packages ?? []).map(({ npm, newest }) => ({
        tool,
        npm,
        known: newest,
        recorded: recordedVersions(tool).at(-1) ?? null,
      })),
    )
    .sort((a, b) => compareText(a.tool.id, b.tool.id) || compareText(a.npm, b.npm));
}

export function stateOf({ known, recorded }: KnownPackage, registry: string | null): PackageState {
  if (registry === null) return 'notThere';
  return registry === known && registry === (recorded ?? known) ? 'same' : 'newer';
}

/** `names`: names in the package; null when it was not examined. */
export function refreshed(
  one: KnownPackage,
  registry: string | null,
  names: readonly string[] | null,
  catalogue: Catalogue,
): RefreshedPackage {
  const { tool, npm, known, recorded } = one;
  const sites = new Set(
    tool.endpoints.filter(({ specificity }) => specificity !== 'shared').map(({ host }) => siteOf(host)),
  );
  const mine = catalogue.compiled(tool).names;
  const fresh = names?.filter((name) => mine.find(name).length === 0) ?? null;
  return {
    ...{ tool: tool.id, npm, recorded, known, registry },
    state: stateOf(one, registry),
    newNames: fresh?.filter((name) => sites.has(siteOf(name))) ?? null,
    otherNames:
      fresh?.filter((name) => !sites.has(siteOf(name)) && catalogue.lookup(name).length === 0) ?? null,
  };
}
