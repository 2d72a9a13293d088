// `wiretally catalogue refresh`: what the npm registry has that was never recorded. For those who keep the catalogue.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import {
  type KnownPackage,
  knownPackages,
  type RefreshedPackage,
  refreshed,
  stateOf,
} from '../../../catalogue/refresh.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { compareText } from '../../../net/address.ts';
import { jsonText } from '../../../text/json-text.ts';
import { requireKnownTool } from '../../input/known-tool.ts';
import type { CatalogueOptions, CommonOptions, PlainFormat } from '../../input/options.ts';
import { refreshText } from '../../output/catalogue-refresh.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { writeOut } from '../../output/stdout.ts';
import { terminalOf } from '../../output/terminal.ts';
import { namesInPackage } from './names-in-package.ts';
import { fetchPackage, newestVersion, packagesOf } from './npm.ts';

export interface RefreshOptions extends CommonOptions, CatalogueOptions {
  readonly format: PlainFormat;
  readonly tool?: string;
  /** False: versions alone, nothing is fetched. */
  readonly names: boolean;
}

export async function refresh(options: RefreshOptions): Promise<ExitCode> {
  const catalogue = await loadCatalogue(options.catalogue);
  const tools = options.tool === undefined ? catalogue.tools : [requireKnownTool(catalogue, options.tool)];
  const packages = knownPackages(tools);
  if (packages.length === 0) {
    throw new WiretallyError('USAGE', `${options.tool} has no package in a registry that is known`, {
      next: 'wiretally catalogue status',
    });
  }
  const found: RefreshedPackage[] = [];
  // One after the other: npm is not quick to start, and a registry is not asked by the dozen.
  for (const one of packages) found.push(await comparePackage(one, catalogue, options.names));
  await writeOut(
    options.format === 'json'
      ? `${jsonText(found, 2)}\n`
      : refreshText(found, options.verbose === true, terminalOf(options)),
  );
  return EXIT.done;
}

async function comparePackage(
  one: KnownPackage,
  catalogue: Catalogue,
  withNames: boolean,
): Promise<RefreshedPackage> {
  const registry = await newestVersion(one.npm);
  if (registry === null || !withNames || stateOf(one, registry) === 'same')
    return refreshed(one, registry, null, catalogue);
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-refresh-'));
  try {
    const names = new Set<string>();
    for (const spec of await packagesOf(one.npm, registry))
      for (const name of await namesInPackage(await fetchPackage(spec, folder))) names.add(name);
    return refreshed(one, registry, [...names].sort(compareText), catalogue);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
