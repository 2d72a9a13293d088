// Delivers to a store: a folder of .usage files, on another disk or mounted from another machine, or a server.

import type { UsageWindow } from '../../model/usage.ts';
import { isOnServer } from '../../store/on-server.ts';
import { openStore } from '../../store/open.ts';
import { buildSensorNotes } from '../../store/sensor-notes.ts';
import { openUsageLog, type WindowSink } from '../../store/usage-log.ts';
import type { DestinationAddress } from './destination.ts';
import { NameGuard, nameTakenError } from './name-guard.ts';

export function storeDestination(to: string): DestinationAddress {
  return {
    name: to,
    async open() {
      const sink = await openSink(to);
      const guard = new NameGuard(buildSensorNotes(isOnServer(to) ? to : folderPlace(to)));
      return {
        async deliver(deliveries) {
          const windows: UsageWindow[] = [];
          for (const { window, sender } of deliveries) {
            const arrivedMs = Date.now();
            const arrival = { ...sender, sensor: window.sensor, clockAheadMs: null, arrivedMs };
            if (!(await guard.admits(arrival))) {
              await guard.noteRefused(window.sensor, 'another sensor uses this name', arrivedMs);
              await guard.save(arrivedMs, 'all');
              throw nameTakenError(window.sensor, to);
            }
            windows.push(window);
          }
          await sink.put(windows);
          await guard.save(Date.now(), 'due');
        },
        async close() {
          try {
            await guard.save(Date.now(), 'all');
          } finally {
            await sink.close();
          }
        },
      };
    },
  };
}

const folderPlace = (folder: string): string => (folder.endsWith('/') ? folder : `${folder}/`);

async function openSink(to: string): Promise<WindowSink> {
  if (isOnServer(to)) return await openStore(to, { mode: 'write' });
  // Refuses a folder with other files.
  await (await openStore(folderPlace(to), { mode: 'write' })).close();
  // Windows are appended to its files; readers ignore duplicates.
  return await openUsageLog(folderPlace(to));
}
