// `wiretally dump hellos FILE…`: prints one NDJSON line per complete ClientHello, and stores nothing.

import { readHelloLines } from '../../../reading/captures/analyze-captures.ts';
import { defineCommand, example } from '../../command.ts';
import { captureArgument, commonOptions, listFilledInputs, readingOptions } from '../../input/options.ts';
import { readLines } from '../../reading/read-lines.ts';

export const command = defineCommand({
  summary: 'Print one NDJSON line per complete ClientHello',
  arguments: [captureArgument],
  options: { ...readingOptions, ...commonOptions },
  examples: [
    example('dump hellos office.pcap.gz | head -3', 'Print the first three ClientHellos'),
    example("dump hellos office.pcap.gz -f 'tcp port 443' | grep -c ja4", 'Count ClientHellos over TCP'),
  ],
  async run(files, options) {
    const inputs = listFilledInputs(files, options);
    return await readLines(inputs, options, readHelloLines);
  },
});
