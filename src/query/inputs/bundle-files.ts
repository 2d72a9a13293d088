// Names the files of an evidence bundle. A separate file, because its reader loads more modules.

export const BUNDLE_FILES = {
  report: 'report.json',
  findings: 'findings.json',
  windows: 'windows.usage',
  /** Windows around the period show when their sensors were on; they contain no host. */
  around: 'around.usage',
  policy: 'policy.yaml',
  /** The advisories that versions were compared with. */
  advisories: 'advisories.json',
  /** A statement of non-use, where one was asked for. */
  statement: 'statement.json',
  /** The hosts file, as it was given. */
  hosts: 'hosts.csv',
  /** The sensors file, as it was given; where hosts are pseudonyms, which of them are outside whose networks. */
  sensors: 'sensors.yaml',
  outside: 'outside-networks.json',
  /** If hosts are pseudonyms, the file states which group, rule and exception each belongs to. */
  memberships: 'memberships.json',
  /** A bundle from a page explains here what the missing signature means. */
  unsigned: 'unsigned.txt',
} as const;

/** Own entries of the catalogue, in the order in which they were read. */
export const ownCatalogueFile = (index: number): string =>
  `own-catalogue-${String(index + 1).padStart(4, '0')}.json`;

export const isOwnCatalogueFile = (name: string): boolean => /^own-catalogue-\d{4}\.json$/.test(name);
