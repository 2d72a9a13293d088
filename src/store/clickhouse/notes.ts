// Sensor notes of a ClickHouse store: a table next to the windows.

import { compareText } from '../../net/address.ts';
import { readNote, type SensorNote, type SensorNotes } from '../sensor-note.ts';
import { type Params, readRows, runCommand, withServer } from './connect.ts';

/** Maximum number of sensors in lists. */
const MAX_SENSORS = 10_000;
const LATEST = 'SELECT note FROM sensor_notes FINAL';

export function clickhouseNotes(store: string): SensorNotes {
  const get = async (sensor: string): Promise<SensorNote | null> => {
    const [note] = await ask(store, `${LATEST} WHERE sensor = {sensor: String}`, { sensor });
    return note ?? null;
  };
  const put = (note: SensorNote): Promise<void> =>
    withServer(store, 'STORE_WRITE', async ({ client }) => {
      const row = { sensor: note.sensor, at_ms: Date.now(), note: JSON.stringify(note) };
      await client.insert({ table: 'sensor_notes', values: [row], format: 'JSONEachRow' });
    });
  return {
    list: async () => {
      const notes = await ask(store, `${LATEST} ORDER BY sensor LIMIT ${MAX_SENSORS}`, {});
      return notes.sort((a, b) => compareText(a.sensor, b.sensor));
    },
    get,
    async claim(note) {
      const stored = await get(note.sensor);
      if (stored !== null) return stored;
      await put(note);
      return (await get(note.sensor)) ?? note;
    },
    put,
    async forget(sensor) {
      if ((await get(sensor)) === null) return false;
      const query = 'ALTER TABLE sensor_notes DELETE WHERE sensor = {sensor: String}';
      await withServer(store, 'STORE_WRITE', (connection) => runCommand(connection, query, { sensor }));
      return true;
    },
  };
}

function ask(store: string, query: string, params: Params): Promise<SensorNote[]> {
  return withServer(store, 'INPUT_UNREADABLE', async (connection) => {
    const rows = await readRows<{ note: string }>(connection, query, params);
    return rows.flatMap(({ note }) => readNote(note) ?? []);
  });
}
