// Compiles src/ for separate threads and processes: Node runs no TypeScript, and a process that a test
// kills must not be that of the test.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export interface Compiled {
  /** Holds src/ as JavaScript; inside the project, so that packages are found. */
  readonly folder: string;
  remove(): void;
}

export function compile(name: string): Compiled {
  const whole = join('build', `${name}-${process.pid}`);
  const folder = join(whole, 'dist');
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts')) compileFile(join('src', file), join(folder, file.replace('.ts', '.js')));
  }
  // The build compiles messages, which are no TypeScript.
  for (const room of ['report', 'model'])
    cpSync(join('dist', room, 'messages'), join(folder, room, 'messages'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  // The addon is found two folders up from native/, as it is from dist/.
  symlinkSync('../../native-bindings', join(whole, 'native-bindings'));
  return { folder, remove: () => rmSync(whole, { recursive: true, force: true }) };
}

function compileFile(from: string, to: string): void {
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
