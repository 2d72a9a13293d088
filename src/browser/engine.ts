// Loads the core and the catalogue once from the folder of the library.

import { Catalogue } from '../catalogue/catalogue.ts';
import type { CatalogueData } from '../catalogue/schema.ts';
import type { Engine } from './analyze-in-page.ts';
import { openCore, type StartModule } from './core.ts';

/** Files of dist/browser that a page has loaded itself. */
export interface EngineFiles {
  readonly wasm: ArrayBuffer;
  readonly catalogue: CatalogueData;
}

interface CoreScript {
  readonly default: StartModule;
}

let fetched: Promise<EngineFiles> | null = null;

/** Opens a new engine for each reading. By default `files` are fetched once from the folder of this file. */
export async function openEngine(files?: EngineFiles): Promise<Engine> {
  const { wasm, catalogue } = files ?? (await fetchOnce());
  const { default: start } = (await import(new URL('core.mjs', import.meta.url).href)) as CoreScript;
  return { core: await openCore(start, wasm), catalogue: new Catalogue(catalogue) };
}

async function fetchOnce(): Promise<EngineFiles> {
  fetched ??= fetchFiles();
  try {
    return await fetched;
  } catch (error) {
    fetched = null; // the next call tries again
    throw error;
  }
}

async function fetchFiles(): Promise<EngineFiles> {
  const fetchFile = async (name: string): Promise<Response> => {
    const response = await fetch(new URL(name, import.meta.url));
    if (!response.ok)
      throw new Error(`${name}: status ${response.status}; all files of dist/browser lie together`);
    return response;
  };
  const [wasm, catalogue] = await Promise.all([fetchFile('core.wasm'), fetchFile('catalogue.json')]);
  return { wasm: await wasm.arrayBuffer(), catalogue: (await catalogue.json()) as CatalogueData };
}
