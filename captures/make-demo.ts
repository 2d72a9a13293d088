// Makes the demo capture: plays the recordings again as one office over a week. The same input gives the same bytes.
// Run from the package folder: npm run demo
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { buildDemo, type RecordingTruth } from './demo.ts';
import { readPcap, writePcap } from './pcap.ts';

interface Manifest {
  readonly captures: readonly ({ readonly file: string } & RecordingTruth)[];
}

const manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8')) as Manifest;
const truths = new Map(
  manifest.captures.map((entry) => [entry.file.slice('recordings/'.length, -'.pcap.gz'.length), entry]),
);

const demo = buildDemo({
  frames: (name) => readPcap(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`))),
  truth: (name) => truths.get(name),
});
writeFileSync('captures/demo.pcap.gz', gzipSync(writePcap(demo.frames), { level: 9 }));
writeFileSync('captures/demo-truth.json', `${JSON.stringify(demo.truth, null, 1)}\n`);
console.error(`captures/demo.pcap.gz: ${demo.frames.length} packets of ${demo.truth.hosts.length} hosts`);
