// `wiretally alerts test`: checks that the receivers of live findings work.

import { randomUUID } from 'node:crypto';
import { receiverSink } from '../../../live/alerts/receiver-sinks.ts';
import { type Receiver, serverOfReceiver } from '../../../live/alerts/receivers-file.ts';
import type { Alert } from '../../../live/alerts/sinks.ts';
import { optionError } from '../../../model/errors.ts';
import { ALERT_WORDS } from '../../../report/text/alert-words.ts';
import { errorReason } from '../../../text/error-reason.ts';
import { defineCommand, example } from '../../command.ts';
import { list, option } from '../../input/declare-option.ts';
import { commonOptions } from '../../input/options.ts';
import { readReceivers } from '../../input/receivers.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/print-errors.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';
import { confineDelivery } from '../../rights/confine-delivery.ts';

const options = {
  receivers: option('--receivers <file>', 'Input', 'Receivers file (mode 0600)', { isMandatory: true }),
  receiver: list('--receiver <name>', 'Input', 'Test this receiver only', { isCommon: true }),
  ...commonOptions,
};

export const command = defineCommand({
  summary: 'Send a test message to each receiver of findings',
  options,
  permissions: { confinesItself: true },
  examples: [
    example('alerts test --receivers receivers.yaml', 'Send a test message to each receiver'),
    example('alerts test --receivers receivers.yaml --receiver soc', 'Send a test message to one receiver'),
  ],
  /** Returns 3 if a receiver did not accept the alert. Throws USAGE, RECEIVERS_INVALID. */
  async run(_, options) {
    const all = await readReceivers(options.receivers);
    const receiverNames = options.receiver;
    const unknown = receiverNames.find((name) => !all.some((receiver) => receiver.name === name));
    if (unknown !== undefined)
      throw optionError(
        '--receiver',
        `${options.receivers}: has no receiver "${unknown}"`,
        `pass one of ${all.map(({ name }) => name).join(', ')}`,
      );
    const receivers = all.filter(({ name }) => receiverNames.length === 0 || receiverNames.includes(name));
    confineDelivery(
      { folders: [], files: [], reads: [], servers: receivers.map(serverOfReceiver) },
      options,
      options.verbose === true ? printWarning : () => undefined,
    );
    const results = await Promise.all(receivers.map(testReceiver));
    await writeWrapped(results.map(({ line }) => line));
    return results.every(({ isAccepted }) => isAccepted) ? EXIT.done : EXIT.failed;
  },
});

async function testReceiver({
  severity: _,
  ...receiver
}: Receiver): Promise<{ readonly line: string; readonly isAccepted: boolean }> {
  const sink = receiverSink(receiver);
  try {
    for (const alert of testAlerts(receiver.type)) await sink.send(alert);
    return { line: `ok     ${sink.name}`, isAccepted: true };
  } catch (error) {
    return { line: `failed ${sink.name}: ${errorReason(error)}`, isAccepted: false };
  }
}

/** Builds the test alerts. A pager also gets the end of the incident. */
function testAlerts(type: Receiver['type']): Alert[] {
  const id = `test/${randomUUID()}`;
  const test = (more: object): Alert => ({
    id,
    time: new Date().toISOString(),
    severity: 'info',
    subject: id,
    line: JSON.stringify({ wiretally: { type: 'test', ...more } }),
    text: ALERT_WORDS.test,
  });
  return [test({}), ...(type === 'pagerduty' ? [test({ result: null })] : [])];
}
