// A folder of .usage files as a destination: on another disk, or mounted from another machine.

import type { UsageWindow } from '../../model/usage.ts';
import { openStore } from '../../store/open.ts';
import { sensorNotesOf } from '../../store/sensor-notes.ts';
import { openUsageLog } from '../../store/usage-log.ts';
import type { DestinationAddress } from './destination.ts';
import { NameGuard, nameTaken } from './name-guard.ts';

/** Windows are added at the end of its files; those that come twice count once when they are read. */
export function folderDestination(folder: string): DestinationAddress {
  return {
    name: folder,
    async open() {
      const place = folder.endsWith('/') ? folder : `${folder}/`;
      // Refuses a folder that holds other things.
      await (await openStore(place, { mode: 'write' })).close();
      const log = await openUsageLog(place);
      const guard = new NameGuard(sensorNotesOf(place));
      return {
        async deliver(deliveries) {
          const windows: UsageWindow[] = [];
          for (const { window, sender } of deliveries) {
            const arrivedMs = Date.now();
            const arrival = { ...sender, sensor: window.sensor, clockAheadMs: null, arrivedMs };
            if (!(await guard.admits(arrival))) {
              await guard.save(arrivedMs, 'all');
              throw nameTaken(window.sensor, folder);
            }
            windows.push(window);
          }
          await log.put(windows);
          await guard.save(Date.now(), 'due');
        },
        async close() {
          await guard.save(Date.now(), 'all');
          await log.close();
        },
      };
    },
  };
}
