// The C++ tests of the native core: test/Makefile builds them as one program, which runs here a file at a time; with
// `npm run test:long` under the address and undefined behaviour sanitizers. One test alone: `npx vitest run test/native -t 'part of its name'`.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasNativeTools, make, NATIVE_SET, NO_NATIVE_TOOLS } from './make.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL(`../../build/${NATIVE_SET}/tests`, import.meta.url));
const corpus = fileURLToPath(new URL('../../../shared/corpus/captures', import.meta.url));
const hasCorpus = existsSync(corpus);
if (!hasCorpus) console.warn('native.test.ts: ../shared/corpus is absent: its captures are not tried');

interface NativeCase {
  readonly name: string;
  readonly file: string;
  readonly isSkipped: boolean;
}

const UNESCAPED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function textOf(xml: string): string {
  return xml.replaceAll(/&(\w+);/g, (whole, name: string) => UNESCAPED[name] ?? whole);
}

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : textOf(found);
}

async function listCases(): Promise<NativeCase[]> {
  const { stdout } = await run(program, ['--list-test-cases', '--no-skip', '--reporters=xml']);
  return [...stdout.matchAll(/<TestCase [^>]*>/g)].map(([tag]) => ({
    name: attribute(tag, 'name') ?? '',
    file: basename(attribute(tag, 'filename') ?? ''),
    isSkipped: attribute(tag, 'skipped') === 'true',
  }));
}

interface FileResult {
  /** Output of each completed case, by name. */
  readonly cases: ReadonlyMap<string, string>;
  /** Other output: the last lines of a sanitizer. */
  readonly error: string;
}

async function runFile(file: string): Promise<FileResult> {
  // A failed test has an exit code; the output decides.
  const { stdout, stderr } = await run(program, [`--source-file=*/${file}`, '--reporters=xml'], {
    maxBuffer: 1 << 26,
    env: { ...process.env, ...(hasCorpus ? { WIRETALLY_TEST_CAPTURES: corpus } : {}) },
  }).catch((error: { stdout: string; stderr: string }) => error);
  const cases = new Map<string, string>();
  for (const [, tag = '', body = ''] of stdout.matchAll(/(<TestCase [^>]*[^/]>)([\s\S]*?)<\/TestCase>/g)) {
    cases.set(attribute(tag, 'name') ?? '', body);
  }
  return { cases, error: stderr };
}

if (hasNativeTools()) {
  await make(NATIVE_SET);
  const cases = await listCases();
  for (const file of new Set(cases.map((one) => one.file))) {
    describe(file, () => {
      let result: FileResult;
      beforeAll(async () => {
        result = await runFile(file);
      }, 600_000);
      const own = cases.filter((one) => one.file === file);
      for (const { name, isSkipped } of own) {
        it.skipIf(isSkipped)(name, () => {
          const said = result.cases.get(name);
          expect(said, `did not end: ${result.error}`).toBeDefined();
          expect(said, textOf(`${said}\n${result.error}`)).toContain('test_case_success="true"');
        });
      }
    });
  }
} else {
  it.skip(NO_NATIVE_TOOLS, () => {});
}
