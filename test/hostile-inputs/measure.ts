// Cost of one run of the program: CPU seconds and maximum resident memory of the process, for any exit.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Limits for an input of 1 MB, with any command. */
export const MOST = { residentMb: 400, cpuSeconds: 5 };
/** More than a run may cost: then it is ended, and the figures are those of that moment. */
const END_AT = { cpuSeconds: 12, residentMb: 2000, wallSeconds: 200 };
const POLL_EVERY_MS = 100;

interface Cost {
  readonly code: number | null;
  readonly cpuSeconds: number;
  readonly residentMb: number;
  readonly isEnded: boolean;
  readonly said: string;
}

/** CPU and memory of a running process, from proc(5). */
function costNow(pid: number): { cpuSeconds: number; residentMb: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const resident = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      residentMb: (Number(resident ?? 0) * 1024) / 1e6,
    };
  } catch {
    return { cpuSeconds: 0, residentMb: 0 }; // it has ended
  }
}

/** The file is opened before the program drops the right to open it. */
const PRELOAD =
  "const fs=require('fs');const fd=fs.openSync(process.env.COST_FILE,'wx');" +
  "process.on('exit',()=>fs.writeSync(fd,JSON.stringify(process.resourceUsage())))";

export async function costOf(words: readonly string[]): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-cost-'));
  const costFile = join(folder, 'cost.json');
  writeFileSync(join(folder, 'cost.cjs'), PRELOAD);
  const child = spawn(
    process.execPath,
    ['--require', join(folder, 'cost.cjs'), 'dist/cli/main.js', ...words],
    {
      env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', COST_FILE: costFile },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString('utf8')).slice(-2000);
  });
  let [seen, isEnded] = [{ cpuSeconds: 0, residentMb: 0 }, false];
  const began = Date.now();
  const look = setInterval(() => {
    const now = costNow(child.pid ?? 0);
    if (now.cpuSeconds > 0) seen = now;
    const wallSeconds = (Date.now() - began) / 1000;
    if (
      now.cpuSeconds > END_AT.cpuSeconds ||
      now.residentMb > END_AT.residentMb ||
      wallSeconds > END_AT.wallSeconds
    ) {
      isEnded = true;
      child.kill('SIGKILL');
    }
  }, POLL_EVERY_MS);
  const code = await new Promise<number | null>((done) => child.once('close', done));
  clearInterval(look);
  const written = existsSync(costFile) ? readFileSync(costFile, 'utf8') : '';
  if (written !== '') {
    const used = JSON.parse(written) as NodeJS.ResourceUsage;
    seen = {
      cpuSeconds: (used.userCPUTime + used.systemCPUTime) / 1e6,
      residentMb: (used.maxRSS * 1024) / 1e6,
    };
  }
  rmSync(folder, { recursive: true });
  return { code, ...seen, isEnded, said };
}
