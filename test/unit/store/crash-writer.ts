// Compiles the store for processes of their own, which tests can kill: a killed test runner would be no test.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const FOLDERS = ['model', 'usage', 'store'];

/** Returns the folder that holds the compiled src/, inside the project so that packages are found. */
export function compileStore(): { readonly folder: string; remove(): void } {
  const folder = join('build', `store-test-${process.pid}`);
  for (const part of FOLDERS) {
    for (const name of readdirSync(join('src', part))) {
      if (name.endsWith('.ts'))
        compile(join('src', part, name), join(folder, part, name.replace('.ts', '.js')));
    }
  }
  cpSync('package.json', join(folder, 'package.json'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function compile(from: string, to: string): void {
  const { outputText } = ts.transpileModule(readFileSync(from, 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, outputText);
}

/** A program that puts windows of one minute after the other, and prints the number of each that was acknowledged. */
export const WRITER = `
  const { openStore } = await import(process.argv[2] + '/store/open.js');
  const store = await openStore(process.argv[3], { mode: 'write' });
  const first = Number(process.argv[4]);
  console.log('open');
  for (let i = first; i < first + 100000; i++) {
    const startSeconds = 1783900800 + i * 60;
    const host = { host: '10.0.0.5', mac: null, macFrom: null, names: [], vlans: [], flows: 1, packets: 1, bytesUp: i,
      bytesDown: 0, firstUs: startSeconds * 1e6, lastUs: startSeconds * 1e6, dark: [] };
    const stats = { packets: 1, bytes: 1, flows: 1, hellosComplete: 0, hellosIncomplete: 0, snaplenCut: 0,
      evictedFlows: 0, kernelDrops: 0, malformed: {}, undecoded: 0, leftOut: {} };
    await store.put([{ sensor: 'a', startSeconds, revision: 0, lengthSeconds: 60, stats, hosts: [host], rows: [], asked: [] }]);
    process.stdout.write(i + '\\n');
  }
`;
