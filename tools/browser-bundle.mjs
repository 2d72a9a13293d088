// Bundles modules for pages: one file each, which needs nothing of Node.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { clientScripts } from './client-scripts.mjs';
import { languageMessages } from './messages.mjs';

export const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const { version } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));

/** A page cannot read package.json. */
function versionAsConstant() {
  const module = inPackage('src/files/package-version.ts');
  return {
    name: 'version-as-constant',
    load: (id) => (id === module ? `export const packageVersion = () => ${JSON.stringify(version)};` : null),
  };
}

/** A page forbids code from texts (Content-Security-Policy): zod would try, and the browser would report it. */
function withoutCodeFromTexts() {
  const maker = /[\\/]zod[\\/]v4[\\/]core[\\/]schemas\.js$/;
  const asked = 'const jit = !core.globalConfig.jitless;';
  return {
    name: 'without-code-from-texts',
    transform: (code, id) => {
      if (!maker.test(id)) return null;
      if (!code.includes(asked)) throw new Error(`${id}: has no "${asked}"`);
      return code.replace(asked, 'const jit = false;');
    },
  };
}

const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };

/** Packages in the bundles, by their folders. */
const bundled = new Set();

function notePackages(modules) {
  for (const id of modules) {
    const [, folder] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id) ?? [];
    if (folder !== undefined) bundled.add(folder);
  }
}

/** Their licenses ask to be part of every copy. */
export function licensesOfBundled() {
  return [...bundled].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e(\.\w+)?$/i.test(each));
    const text = file === undefined ? '' : `\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}`;
    return `${name} ${version} (${license})${text}\n`;
  });
}

/** `packages`: those that are bundled with it. */
export async function bundleForPage(name, path, { format = 'esm', packages = [], define = {} } = {}) {
  const isPackage = (id) => packages.some((each) => id === each || id.startsWith(`${each}/`));
  const bundle = await rolldown({
    input: { [name]: inPackage(path) },
    platform: 'browser',
    plugins: [versionAsConstant(), withoutCodeFromTexts(), clientScripts(), languageMessages()],
    transform: { define },
    external: (id, importer) => {
      if (
        /^[./]|^@(oxc-project|messageformat)\/runtime/.test(id) ||
        isPackage(id) ||
        importer?.includes('/node_modules/')
      )
        return false;
      throw new Error(`${id}, imported by ${importer}: a page has no packages and no Node`);
    },
  });
  const { output } = await bundle.write({
    dir: inPackage('dist/browser'),
    format,
    codeSplitting: false,
    minify,
    entryFileNames: '[name].js',
  });
  await bundle.close();
  notePackages(output.flatMap(({ moduleIds }) => moduleIds));
  if (output.length > 1) throw new Error(`${name}: a part would be loaded later, when there is no network`);
}
