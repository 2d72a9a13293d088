// Converts published advisories about catalogued tools to advisories of this program: one for each vulnerability and
// tool.

import { ADVISORY_SEVERITIES } from '../../model/exposure-answers.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { Advisory } from '../../model/report.ts';
import type { PublishedName } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import { intersectSets, uniteSets, type VersionSets } from '../../text/published-version.ts';
import { spanText } from '../../text/version.ts';
import type { PublishedAdvisory, PublishedPackage } from './published.ts';
import { buildVersions, limitRanges, type MappedVersions } from './ranges.ts';

export interface AdvisoryImportResult {
  readonly advisories: readonly Advisory[];
  /** Withdrawn advisories about catalogued tools. */
  readonly withdrawn: number;
  /** Advisories about a vulnerability that another advisory describes too. */
  readonly joined: number;
}

/** Collects advisories one at a time and drops those about other packages immediately. */
export class AdvisoryImport {
  readonly #packages: ReadonlyMap<string, PublishedName>;
  readonly #byId = new Map<string, PublishedAdvisory>();

  constructor(packages: readonly PublishedName[]) {
    this.#packages = new Map(
      packages.map((publishedName) => [
        packageKey(publishedName.ecosystem, publishedName.name),
        publishedName,
      ]),
    );
  }

  /** Returns false if the advisory is about other packages only. */
  add(published: PublishedAdvisory): boolean {
    const packages = published.packages.filter(
      (publishedPackage) => this.#findPackage(publishedPackage) !== undefined,
    );
    if (packages.length === 0) return false;
    const existing = this.#byId.get(published.id);
    const own = { ...published, packages };
    if (existing === undefined || isNewer(own, existing)) this.#byId.set(published.id, own);
    return true;
  }

  finish(): AdvisoryImportResult {
    const newest = [...this.#byId.values()].sort((a, b) => compareText(a.id, b.id));
    const all = newest.filter(({ isWithdrawn }) => !isWithdrawn);
    const groups = groupByAlias(all);
    const advisories = makeIdsUnique(groups.flatMap((group) => this.#listAdvisories(group)));
    return {
      advisories: advisories.sort((a, b) => compareText(a.id, b.id)),
      withdrawn: newest.length - all.length,
      joined: all.length - groups.length,
    };
  }

  #findPackage({ ecosystem, name }: PublishedPackage): PublishedName | undefined {
    return this.#packages.get(packageKey(ecosystem, name));
  }

  #listAdvisories(group: readonly PublishedAdvisory[]): Advisory[] {
    const tools = new Set(
      group.flatMap(({ packages }) =>
        packages.flatMap((publishedPackage) => this.#findPackage(publishedPackage)?.tool ?? []),
      ),
    );
    const id = group.map((publishedAdvisory) => publishedAdvisory.id).sort(compareAuthority)[0] ?? '';
    return [...tools].sort(compareText).map((tool) => ({
      ...buildHeading(id, group),
      ...this.#versionsFor(tool, group),
      id: (tools.size === 1 ? id : `${id}.${tool}`).replaceAll(':', '-').slice(0, MAX_ID),
      tool,
    }));
  }

  #versionsFor(
    tool: string,
    group: readonly PublishedAdvisory[],
  ): Pick<Advisory, 'affected' | 'possible' | 'unmapped' | 'action'> {
    const own = group
      .map(({ packages }) =>
        packages.filter((publishedPackage) => this.#findPackage(publishedPackage)?.tool === tool),
      )
      .filter((packages) => packages.length > 0);
    const mapped = own.map((packages) => this.#versionsOfPackages(packages));
    const { whole, partly, unmapped } = limitRanges(joinVersions(mapped));
    const fixed = new Set(own.flat().flatMap(listFixed));
    return {
      affected: whole,
      possible: partly,
      unmapped: [
        ...new Set([...mapped.flatMap((mappedVersions) => mappedVersions.unmapped), ...unmapped]),
      ].slice(0, MAX_REASONS),
      action:
        fixed.size === 0
          ? 'No fixed version is named.'
          : `Update: fixed in ${[...fixed].slice(0, 10).join(', ')}.`,
    };
  }

  /** Joins the versions of all packages of one tool. */
  #versionsOfPackages(packages: readonly PublishedPackage[]): MappedVersions {
    const mapped = packages.map((publishedPackage) => {
      const { hasOtherVersions = false, tagPrefix = '' } = this.#findPackage(publishedPackage) ?? {};
      const { name, ecosystem } = publishedPackage;
      const packageLabel = `${ecosystem === '' ? '' : `${ecosystem} `}${name}`.slice(0, MAX_NAME);
      if (hasOtherVersions)
        return {
          whole: [],
          partly: [],
          unmapped: [`${packageLabel}: its versions are not those of the recorded builds`],
        };
      const versions = buildVersions(publishedPackage, tagPrefix);
      return { ...versions, unmapped: versions.unmapped.map((reason) => `${packageLabel}: ${reason}`) };
    });
    return { ...uniteSets(mapped), unmapped: mapped.flatMap(({ unmapped }) => unmapped) };
  }
}

/**
 * True if `a` was modified after `b`, which has the same ID. Equal times are ordered by content, so that the order of
 * files has no effect.
 */
function isNewer(a: PublishedAdvisory, b: PublishedAdvisory): boolean {
  const order = a.modifiedMs - b.modifiedMs;
  return order > 0 || (order === 0 && compareText(JSON.stringify(a), JSON.stringify(b)) > 0);
}

/** Adds numbers to IDs that are equal after they were shortened, in order of the advisories. */
function makeIdsUnique(advisories: readonly Advisory[]): Advisory[] {
  const used = new Set<string>();
  return advisories.map((advisory) => {
    let { id } = advisory;
    for (let number = 2; used.has(id); number++) {
      const end = `.${number}`;
      id = `${advisory.id.slice(0, MAX_ID - end.length)}${end}`;
    }
    used.add(id);
    return { ...advisory, id };
  });
}

/**
 * Joins advisories about one vulnerability that disagree. A version is affected if all advisories say so, and possibly
 * affected if one does. An advisory without a version that can be mapped is ignored.
 */
function joinVersions(all: readonly MappedVersions[]): VersionSets {
  const mappable = all.filter(({ whole, partly }) => whole.length + partly.length > 0);
  const [first, ...others] = mappable;
  if (first === undefined) return { whole: [], partly: [] };
  const common = others.reduce<VersionSets>(intersectSets, first);
  const any = uniteSets(mappable);
  const isSame = any.whole.map(spanText).join() === common.whole.map(spanText).join();
  return {
    whole: common.whole,
    partly: isSame ? any.partly : uniteSets([{ whole: [...any.whole, ...any.partly], partly: [] }]).whole,
  };
}

/** Lists versions that end a range, or that a database names in addition to it. */
function listFixed({ ranges, fixed }: PublishedPackage): string[] {
  const ends = ranges.flatMap((range) =>
    range.kind === 'events'
      ? range.events.filter(({ type }) => type === 'fixed').map(({ version }) => version)
      : [],
  );
  return [...ends, ...fixed].map((version) => version.slice(0, 60));
}

function buildHeading(
  id: string,
  group: readonly PublishedAdvisory[],
): Omit<Advisory, 'id' | 'tool' | 'affected' | 'possible' | 'unmapped' | 'action'> {
  const [main] = [...group].sort((a, b) => compareAuthority(a.id, b.id));
  const aliases = new Set(
    group.flatMap((publishedAdvisory) => [publishedAdvisory.id, ...publishedAdvisory.aliases]),
  );
  aliases.delete(id);
  const rated = [...group].sort(
    (a, b) => rankAdvisory(a) - rankAdvisory(b) || (b.score ?? 0) - (a.score ?? 0) || compareText(a.id, b.id),
  );
  const [worst] = rated;
  const sortDays = (field: 'published' | 'modified'): string[] =>
    group.flatMap((publishedAdvisory) => publishedAdvisory[field] ?? []).sort();
  return {
    title: main?.title ?? id,
    severity: worst?.severity ?? 'unrated',
    score: worst?.score ?? null,
    vector: worst?.vector ?? null,
    aliases: [...aliases].sort(compareText).slice(0, MAX_ALIASES),
    published: sortDays('published')[0] ?? null,
    modified: sortDays('modified').at(-1) ?? null,
    sources: listSources(id, [...(main?.links ?? []), ...group.flatMap(({ links }) => links)]),
    platforms: [],
    since: null,
    until: null,
  };
}

/** Lists at least one source, because an advisory file requires it. */
const listSources = (id: string, links: readonly string[]): string[] =>
  links.length === 0 ? [id] : [...new Set(links)].slice(0, MAX_SOURCES);

/** The limits of an advisory file are the same or higher: policy/parse-advisory.ts. */
const MAX_NAME = 200;
const MAX_REASONS = 100;
const MAX_ALIASES = 1000;
const MAX_SOURCES = 40;
const MAX_ID = 64;

const rankAdvisory = ({ severity }: PublishedAdvisory): number =>
  ADVISORY_SEVERITIES.indexOf(severity ?? 'unrated');

const AUTHORITIES = ['GHSA-', 'CVE-'];

/** Orders better-known IDs first. */
function compareAuthority(a: string, b: string): number {
  const rank = (id: string): number => {
    const found = AUTHORITIES.findIndex((prefix) => id.startsWith(prefix));
    return found < 0 ? AUTHORITIES.length : found;
  };
  return rank(a) - rank(b) || compareText(a, b);
}

/** Groups advisories that name each other, or the same third one, as aliases. Each group is in order of IDs. */
function groupByAlias(all: readonly PublishedAdvisory[]): PublishedAdvisory[][] {
  const parents = new Map<string, string>();
  const findRoot = (id: string): string => {
    let root = id;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    // The loop shortens the whole path, because a chain of aliases may have as many steps as there are advisories.
    for (let at = id; at !== root; ) {
      const up = parents.get(at) ?? root;
      parents.set(at, root);
      at = up;
    }
    return root;
  };
  for (const { id, aliases } of all) for (const alias of aliases) parents.set(findRoot(alias), findRoot(id));
  return [...groupBy(all, ({ id }) => findRoot(id)).values()];
}

/**
 * Returns the same key for all spellings of a package name. Registries ignore case, PyPI also separators (PEP 503), and
 * addresses of repositories have several forms.
 */
export function packageKey(ecosystem: string, name: string): string {
  const [registry = ''] = ecosystem.split(':', 1);
  if (registry === 'PyPI') return `PyPI ${name.toLowerCase().replace(/[-_.]+/g, '-')}`;
  if (registry === 'GIT') return `GIT ${normalizeRepository(name)}`;
  return `${registry.toLowerCase()} ${name.toLowerCase()}`;
}

const normalizeRepository = (address: string): string =>
  address
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^www\./, '')
    .replace(/(\.git)?\/*$/, '');
