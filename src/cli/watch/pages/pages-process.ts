// The process that serves the pages of a sensor: it listens, drops its privileges, and shows the windows that the sensor
// sends. It acknowledges each message with windows, and ends with the sensor.

import type { SensorHealth } from '../../../model/sensor.ts';
import { RateMeter } from '../../../web/live/live-rates.ts';
import { decodeWindows } from '../../../window/codec.ts';
import { printWarning } from '../../output/print-errors.ts';
import { becomeUser } from '../../rights/user.ts';
import { findFindingStates, startFindingLog } from '../../serve/finding-log-access.ts';
import { startIdentityLog } from '../../serve/investigators.ts';
import { type OpenSite, openSite } from '../../serve/open-site.ts';
import { confinePages, refusePrivileges } from '../confine-watch.ts';
import { type OpenView, openLiveSource, reload } from '../view/live-source.ts';
import { RefreshScheduler } from '../view/refresh-scheduler.ts';
import { answer, buildFailure, serveSensor, type ToWatchView } from '../view/view-process.ts';
import type { ViewStart } from '../watch-options.ts';

serveSensor(receive);

interface OpenPages extends OpenView {
  readonly site: OpenSite;
}

let open: OpenPages | null = null;
let health: SensorHealth | null = null;
const rateMeter = new RateMeter();

async function receive(message: ToWatchView): Promise<void> {
  switch (message.kind) {
    case 'start':
      try {
        open = await begin(message.start);
        answer({ kind: 'ready', url: open.site.url });
      } catch (error) {
        answer(buildFailure(error));
      }
      break;
    case 'windows':
      open?.source.add(decodeWindows(message.bytes).windows);
      answer({ kind: 'received' });
      open?.scheduler.schedule();
      break;
    case 'health':
      health = message.health;
      rateMeter.note(health, performance.now());
      if (open?.source.setHealth(message.health) === true) open.scheduler.schedule();
      break;
    case 'hellos':
      open?.source.addHellos(message.hellos, message.isCut);
      open?.scheduler.schedule();
      break;
    case 'reload':
      if (open !== null) await reload(open);
  }
}

async function begin({ options, user }: ViewStart): Promise<OpenPages> {
  const print = options.quiet === true ? () => undefined : printWarning;
  const { listen } = options;
  if (listen === undefined) throw new Error('no address to listen on');
  const { source } = await openLiveSource(options);
  const findingOptions = { ...options, findingEditor: [] };
  const findings = findFindingStates(findingOptions);
  const site = await openSite(
    { ...options, listen },
    {
      source,
      catalogue: () => source.config.catalogue,
      health: () => health,
      findings,
      print,
      receivers: options.receivers ?? null,
      // No rates for logs: their windows close by the time of their rows, not by the clock.
      rates: () =>
        health === null || health.status.logs !== undefined
          ? null
          : rateMeter.measure(health, Date.now() / 1000),
      early: () => source.earlyHellos(),
    },
  );
  // The sensor reports protections that the kernel does not support.
  refusePrivileges(() => undefined);
  if (user !== null) becomeUser(user);
  await startIdentityLog(options);
  await startFindingLog(findingOptions);
  confinePages(options, () => undefined);
  await site.documents.refresh();
  return { options, source, site, scheduler: new RefreshScheduler(() => site.documents.refresh()) };
}
