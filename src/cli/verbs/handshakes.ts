// `wiretally dump hellos FILE…`: one NDJSON line per complete ClientHello; nothing is kept.

import type { HelloRecord } from '../../model/flow.ts';
import { readHandshakes } from '../../sensor/analyze.ts';
import { jsonString, jsonStrings } from '../../text/json-text.ts';
import { instantFormatter } from '../../time/instant.ts';
import {
  addCommonOptions,
  addReadingOptions,
  type CommonOptions,
  inputFiles,
  type ReadingOptions,
} from '../input/options.ts';
import type { DefineVerb } from './define-verb.ts';
import { readLines } from './read-lines.ts';

export const defineHandshakes: DefineVerb = (command, done) => {
  addReadingOptions(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: ReadingOptions & CommonOptions) => {
    const inputs = inputFiles(files, options);
    done(
      await readLines(inputs, options, (reading, print) =>
        readHandshakes(inputs, reading, ({ file, hello }) => print(handshakeLine(file, hello))),
      ),
    );
  });
};

// One ClientHello as the NDJSON line of `wiretally dump hellos`.

const formatInstant = instantFormatter();

/** Put together by hand: there are as many lines as hellos, and JSON.stringify of an object costs thrice as much. */
function handshakeLine(file: string, hello: HelloRecord): string {
  const { fingerprint } = hello;
  return (
    `{"file":${jsonString(file)},"ts":"${formatInstant(hello.tsUs)}"` +
    `,"src_ip":"${hello.source}","src_port":${hello.sourcePort}` +
    `,"dst_ip":"${hello.destination}","dst_port":${hello.destinationPort}` +
    `,"transport":"${fingerprint.transport}","sni":${hello.sni === null ? 'null' : jsonString(hello.sni)}` +
    `,"alpn":${jsonStrings(fingerprint.alpn)}` +
    `,"legacy_version":${hello.legacyVersion},"supported_versions":[${hello.supportedVersions.join(',')}]` +
    `,"ja3":${jsonString(hello.ja3Text)},"ja3_hash":"${fingerprint.ja3}","ja4":${jsonString(fingerprint.ja4)},"family":"${hello.family}"` +
    `,"ech":"${fingerprint.ech === 'none' ? 'none' : 'present'}"` +
    `,"hello_bytes":${hello.helloBytes},"segments":${hello.segments}` +
    `,"vlan":[${hello.vlans.join(',')}],"tunnel":${jsonStrings(hello.tunnel)},"retry":${hello.isRetry}}`
  );
}
