// Reads the files of an evidence bundle that an evaluation of its windows needs.

import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { catalogueFacts } from '../../catalogue/policy-facts.ts';
import { catalogueWith, readOwnTexts } from '../../files/catalogue-files.ts';
import { errorAt, WiretallyError } from '../../model/errors.ts';
import { type HostMembership, memberships } from '../../model/policy.ts';
import { incompleteInput, leftOutFiles, type ReportDocument } from '../../model/report.ts';
import { type Statement, statement } from '../../model/statement.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { parseHostsFile } from '../../policy/hosts-file.ts';
import { loadAdvisories } from '../../policy/parse-advisory.ts';
import { loadPolicy } from '../../policy/parse-policy.ts';
import { readBundleFile, verifyBundle } from '../../store/bundle.ts';
import type { BundleManifest } from '../../store/bundle-manifest.ts';
import type { WindowQuery } from '../../store/store.ts';
import { shellWord } from '../../text/shell-word.ts';
import { parseInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { isTimeZone } from '../../time/zone.ts';
import { decodeWindows } from '../../window/codec.ts';
import { mergeWindows } from '../../window/merge-windows.ts';
import { excludeListedHosts, type ReportedHost, type SensorNetworks } from '../../window/sensor-networks.ts';
import { parseSensorsFile } from '../../window/sensors-file.ts';
import { BUNDLE_FILES, isOwnCatalogueFile } from './bundle-files.ts';
import type { PolicyView } from './policy-file.ts';

const outsideHosts = z.array(z.tuple([z.string(), z.string()]));

/** Fields that the new report copies from the stored one, because windows do not contain them. */
const storedReport = z.looseObject({
  command: z.string(),
  recordsFrom: z.string().nullable(),
  recordsUntil: z.string().nullable(),
  period: z.looseObject({ timezone: z.string().refine(isTimeZone) }),
  interrupted: z.literal(true).optional(),
  incomplete: z.array(incompleteInput.strip()).optional(),
  leftOut: leftOutFiles.strip().optional(),
});
/** The report in the bundle. The new evaluation must equal it, apart from the fields above. */
export type StoredReport = z.infer<typeof storedReport> & Pick<ReportDocument, 'incomplete' | 'leftOut'>;

/** Every method throws BUNDLE_INVALID if a part is missing or has another form. */
export class BundleReader {
  readonly manifest: BundleManifest;
  readonly #folder: string;

  constructor(folder: string, manifest: BundleManifest) {
    this.#folder = folder;
    this.manifest = manifest;
  }

  /** Throws BUNDLE_INVALID if a file is missing or has another checksum. */
  static async open(folder: string): Promise<BundleReader> {
    const { manifest, faults } = await verifyBundle(folder, null);
    const [fault] = faults;
    if (fault === undefined) return new BundleReader(folder, manifest);
    throw errorAt('BUNDLE_INVALID', folder, fault, {
      next: `wiretally verify ${shellWord(folder)} lists all faults`,
    });
  }

  /** Returns the built-in catalogue with the bundle's own entries, and those of further folders. */
  async catalogue(directories: readonly string[] = []): Promise<Catalogue> {
    const names = this.manifest.files.map(({ name }) => name).filter(isOwnCatalogueFile);
    const own: { file: string; text: string }[] = [];
    for (const name of names.sort())
      own.push({ file: join(this.#folder, name), text: (await this.#text(name)) ?? '' });
    return await catalogueWith([...own, ...directories.flatMap(readOwnTexts)], this.#folder);
  }

  /** Returns an empty query for a bundle about the whole input. */
  period(): WindowQuery {
    const { since = null, until = null } = this.manifest.period ?? {};
    return {
      ...(since === null ? {} : { sinceSeconds: parseInstant(since) / US }),
      ...(until === null ? {} : { untilSeconds: parseInstant(until) / US }),
    };
  }

  report(): Promise<StoredReport> {
    return this.#json(BUNDLE_FILES.report, storedReport);
  }

  findings(): Promise<unknown> {
    return this.#json(BUNDLE_FILES.findings, z.array(z.unknown()));
  }

  /** Null if the bundle has none. */
  async statement(): Promise<Statement | null> {
    return this.#has(BUNDLE_FILES.statement)
      ? await this.#json<Statement>(BUNDLE_FILES.statement, statement)
      : null;
  }

  async windows(): Promise<UsageWindow[]> {
    const windows = await this.#windowsIn(BUNDLE_FILES.windows);
    if (windows === null) throw this.#invalid(BUNDLE_FILES.windows, 'is missing');
    return windows;
  }

  /** Returns the windows before and after the period, which contain only the times in which their sensors were on. */
  async around(): Promise<UsageWindow[]> {
    return (await this.#windowsIn(BUNDLE_FILES.around)) ?? [];
  }

  async #windowsIn(name: string): Promise<UsageWindow[] | null> {
    const bytes = await readBundleFile(this.#folder, this.manifest, name);
    if (bytes === null) return null;
    const { windows, damage } = decodeWindows(bytes);
    const [fault] = damage;
    if (fault !== undefined) throw this.#invalid(name, `byte ${fault.offset}: ${fault.reason}`);
    return mergeWindows(windows);
  }

  /** Null if no sensors file was given. */
  async networks(): Promise<SensorNetworks | null> {
    if (this.#has(BUNDLE_FILES.outside))
      return excludeListedHosts(await this.#json<ReportedHost[]>(BUNDLE_FILES.outside, outsideHosts));
    const text = await this.#text(BUNDLE_FILES.sensors);
    return text === null ? null : parseSensorsFile(text, BUNDLE_FILES.sensors);
  }

  async view(catalogue: Catalogue): Promise<PolicyView> {
    const text = await this.#text(BUNDLE_FILES.policy);
    if (text === null) throw this.#invalid(BUNDLE_FILES.policy, 'is missing');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const advisoryText = await this.#text(BUNDLE_FILES.advisories);
    const advisories =
      advisoryText === null ? [] : loadAdvisories(advisoryText, BUNDLE_FILES.advisories, catalogue.tools);
    const policy = loadPolicy(text, BUNDLE_FILES.policy, { ...catalogueFacts(catalogue), advisories });
    const onDisk = { file: BUNDLE_FILES.policy, text, sha256, policy };
    const hosts = await this.#text(BUNDLE_FILES.hosts);
    const arePseudonyms = this.#has(BUNDLE_FILES.memberships);
    return {
      onDisk,
      advisories,
      hosts: hosts === null ? null : parseHostsFile(hosts, BUNDLE_FILES.hosts),
      pseudonymOf: arePseudonyms ? (host) => host : null,
      ...(arePseudonyms
        ? { memberships: await this.#json<HostMembership[]>(BUNDLE_FILES.memberships, memberships) }
        : {}),
    };
  }

  #has(file: string): boolean {
    return this.manifest.files.some(({ name }) => name === file);
  }

  /** Throws BUNDLE_INVALID for a file of another form. */
  async #json<T>(name: string, schema: z.ZodType): Promise<T> {
    const text = await this.#text(name);
    if (text === null) throw this.#invalid(name, 'is missing');
    try {
      const value: unknown = JSON.parse(text);
      schema.parse(value);
      return value as T;
    } catch (cause) {
      throw this.#invalid(name, 'is not what this tool writes', cause);
    }
  }

  async #text(name: string): Promise<string | null> {
    const bytes = await readBundleFile(this.#folder, this.manifest, name);
    if (bytes === null) return null;
    if (bytes.length <= constants.MAX_STRING_LENGTH) return Buffer.from(bytes).toString('utf8');
    throw errorAt(
      'INPUT_UNREADABLE',
      this.#folder,
      `${name}: its ${bytes.length} bytes are more than can be evaluated again; its checksum is right`,
    );
  }

  #invalid(name: string, why: string, cause?: unknown): WiretallyError {
    return new WiretallyError('BUNDLE_INVALID', `${this.#folder}: ${name}: ${why}`, { cause });
  }
}
