// Brings a recording into the repository: node build/scripts/captures/add-recording.js IN.pcap OUT.pcap.gz
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { blankApplicationData } from './blank.ts';
import { readPcap, writePcap } from './pcap.ts';

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) {
  console.error('usage: add-recording IN.pcap OUT.pcap.gz');
  process.exit(2);
}
const frames = readPcap(readFileSync(input));
blankApplicationData(frames);
writeFileSync(output, gzipSync(writePcap(frames), { level: 9 }));
