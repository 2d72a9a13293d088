// Compares package registries with the catalogue: newer versions, and unlisted names.

import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { formatSite } from '../../src/catalogue/draft-entry.ts';
import { findNewestBuild, listRecordedVersions } from '../../src/catalogue/freshness.ts';
import { isProviderKind } from '../../src/catalogue/rules.ts';
import type { ToolEntry } from '../../src/catalogue/schema.ts';
import { compareText } from '../../src/net/address.ts';
import { compareVersions, isVersion } from '../../src/text/version.ts';

/** One package of one tool. */
export interface KnownPackage {
  readonly tool: ToolEntry;
  readonly npm: string;
  /** The newest known version. */
  readonly known: string;
  /** The newest version that was recorded; null: none. */
  readonly recorded: string | null;
}

/** A package as the registry has it. */
export interface RegistryPackage {
  /** The version that an installation takes. */
  readonly newest: string;
  /** All of them, in any order; the day of publication, or null where the registry gives none. */
  readonly versions: readonly PublishedVersion[];
  /** Runtimes that the newest and the recorded (else known) version ask for, like "node >=22"; empty: none is given. */
  readonly engines: { readonly from: string; readonly to: string };
}

export interface PublishedVersion {
  readonly version: string;
  /** YYYY-MM-DD, of UTC. */
  readonly date: string | null;
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
  /** Newest build with recorded marks; else the newest recorded or known version. */
  readonly since: string;
  /** Releases after it, oldest first. */
  readonly published: readonly PublishedVersion[];
  /** Names of the package next to exclusive names of the tool, missing in its entry; null: not examined. */
  readonly newNames: readonly string[] | null;
  /** `engines` of the newest recorded (else known) version and of the newest one, where they differ. */
  readonly engines: { readonly from: string; readonly to: string } | null;
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
        recorded: listRecordedVersions(tool).at(-1) ?? null,
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
  registry: RegistryPackage | null,
  names: readonly string[] | null,
  catalogue: Catalogue,
): RefreshedPackage {
  const { tool, npm, known, recorded } = one;
  const newest = registry?.newest ?? null;
  const since = findNewestBuild(tool) ?? recorded ?? known;
  const sites = new Set(
    tool.endpoints.filter(({ specificity }) => specificity !== 'shared').map(({ host }) => formatSite(host)),
  );
  const mine = catalogue.compiled(tool).names;
  const fresh = names?.filter((name) => mine.find(name).length === 0) ?? null;
  return {
    ...{ tool: tool.id, npm, recorded, known, registry: newest },
    state: stateOf(one, newest),
    since,
    published: publishedSince(since, registry?.versions ?? []),
    engines: registry === null || registry.engines.from === registry.engines.to ? null : registry.engines,
    newNames: fresh?.filter((name) => sites.has(formatSite(name))) ?? null,
    otherNames:
      fresh?.filter((name) => !sites.has(formatSite(name)) && catalogue.lookup(name).length === 0) ?? null,
  };
}

/** Versions of three numbers: others are pre-releases, or programs of one platform. */
function publishedSince(since: string, versions: readonly PublishedVersion[]): PublishedVersion[] {
  if (!isVersion(since)) return [];
  return versions
    .filter(({ version }) => isVersion(version) && compareVersions(version, since) > 0)
    .sort((a, b) => compareVersions(a.version, b.version));
}
