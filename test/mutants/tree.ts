// A copy of the project in a folder of its own, in which faults are planted: the project itself is never changed.

import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Mutant } from './mutants.ts';

/** Packages, which no fault changes. */
const LINKED = ['node_modules', '.ci/chdb/node_modules'];
/** What was built before, so that only what a fault changes is built again. */
const BUILT = ['native-bindings/build', 'build/quick', 'build/native', 'build/fuzz', 'build/captures'];
const ADDON = 'native-bindings/build/Release/wiretally.node';
/** These hold the path of the project, and are made again for the copy. */
const BOUND = ['build/quick/objects/tests.pch', 'build/native/objects/tests.pch'];
/** The end of a command's output that an error shows. */
const SHOWN = 2000;

export interface Ended {
  readonly isFine: boolean;
  readonly output: string;
}

export class Tree {
  /** Holds the copy, and next to it what lies next to the project. */
  readonly #outer = mkdtempSync(join(tmpdir(), 'wiretally-mutants-'));
  readonly folder = join(this.#outer, 'tree');
  readonly #running = new Set<number>();

  constructor(project: string) {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: project,
      maxBuffer: 1 << 26,
      encoding: 'utf8',
    });
    const files = listed.split('\0').filter((file) => file !== '' && existsSync(join(project, file)));
    for (const path of [...files, ...BUILT]) {
      if (LINKED.includes(path) || !existsSync(join(project, path))) continue;
      cpSync(join(project, path), join(this.folder, path), { recursive: true, preserveTimestamps: true });
    }
    for (const path of BOUND) rmSync(join(this.folder, path), { force: true });
    for (const path of LINKED) {
      if (!existsSync(join(project, path))) continue;
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      symlinkSync(resolve(project, path), join(this.folder, path));
    }
    const shared = resolve(project, '../shared');
    if (existsSync(shared)) symlinkSync(shared, join(this.#outer, 'shared'));
    // Some tests ask git for the files of the project.
    execFileSync('git', ['init', '-q'], { cwd: this.folder });
    writeFileSync(join(this.folder, '.git/info/exclude'), 'node_modules\n');
    execFileSync('git', ['add', '-A'], { cwd: this.folder });
  }

  /** The source with the fault. Throws where its text is not there, or more than once. */
  withFault({ id, file, find, replace }: Mutant): string {
    const path = join(this.folder, file);
    const parts = existsSync(path) ? readFileSync(path, 'utf8').split(find) : [];
    if (parts.length !== 2)
      throw new Error(`${id}: ${file} has its text ${Math.max(0, parts.length - 1)} times`);
    return parts.join(replace);
  }

  /** Returns what takes the fault out again. */
  plant(mutant: Mutant): () => void {
    const path = join(this.folder, mutant.file);
    const text = readFileSync(path, 'utf8');
    const addon = join(this.folder, ADDON);
    const built = existsSync(addon) ? readFileSync(addon) : null;
    writeFileSync(path, this.withFault(mutant));
    return () => {
      writeFileSync(path, text);
      // The next fault may be in another layer, and its tests then use the addon as it is.
      if (built !== null && !readFileSync(addon).equals(built)) writeFileSync(addon, built);
    };
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  /** The command and all that it starts end with `stop`. */
  run([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return new Promise((done, failed) => {
      const child = spawn(command, args, {
        cwd: this.folder,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
      const { pid } = child;
      if (pid !== undefined) this.#running.add(pid);
      let output = '';
      const take = (bytes: Buffer): void => {
        output = (output + bytes.toString()).slice(-SHOWN);
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('error', failed);
      child.on('close', (code) => {
        if (pid !== undefined) this.#running.delete(pid);
        done({ isFine: code === 0, output });
      });
    });
  }

  /** Ends what runs, and removes the copy. */
  remove(): void {
    for (const pid of this.#running) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    rmSync(this.#outer, { recursive: true, force: true, maxRetries: 5 });
  }
}
