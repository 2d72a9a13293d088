// Shared parts of the benchmarks: description of the machine, and a capture of one packet.
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { CaptureWriter } from './capture-writer.ts';

export const machine = (runs: number): string =>
  `${machineLine().trimEnd().slice(0, -1)}; ${runs} runs each, in turn, captures in the page cache.\n`;

export function machineLine(): string {
  const [cpu] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${memory} GiB, Linux ${release()}, Node ${process.version}, wiretally ${version}.\n`;
}

export function onePacket(): string {
  const path = 'build/bench/one-packet.pcap';
  const writer = new CaptureWriter(path, Date.UTC(2026, 6, 8) / 1000);
  writer.udp({ client: 0x0a140001, server: 0xc6120001, clientPort: 40_000, serverPort: 5004 }, true, 22);
  writer.close();
  return path;
}
