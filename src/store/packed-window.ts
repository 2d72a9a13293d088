// Packs a window with deflate for deliveries and stores.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MAX_WINDOW_BYTES } from '../model/ceilings.ts';
import { WiretallyError } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { errorReason } from '../text/error-reason.ts';
import { type DecodedWindows, decodeSingleWindow, encodeWindow } from '../window/codec.ts';

/** Space for the length before a window. */
const ROOM_FOR_LENGTH = 8;
/**
 * Maximum ratio: windows usually shrink to a fifth, 65,536 rows of one host with similar names to an eighteenth, a zip bomb
 * to a thousandth.
 */
const MAX_RATIO = 100;
/** Size up to which the ratio is not limited. */
const MIN_LIMIT_BYTES = 1 << 20;

export const packWindow = (window: UsageWindow): Buffer => deflateRawSync(encodeWindow(window));

/** Unpacks a window. Throws the error of zlib for invalid bytes, or for more content than a window of this size may have. */
export const unpackWindow = (packed: Uint8Array): DecodedWindows => decodeSingleWindow(inflateWindow(packed));

/** Throws as `unpackWindow` does. */
export function inflateWindow(packed: Uint8Array): Uint8Array {
  const most = Math.max(MIN_LIMIT_BYTES, MAX_RATIO * packed.length);
  return inflateRawSync(packed, { maxOutputLength: Math.min(MAX_WINDOW_BYTES, most) + ROOM_FOR_LENGTH });
}

/** Returns the unpacked windows, or the damage as decodeWindows names it. */
export function unpackOrDamage(
  packed: Uint8Array,
  unpack: (packed: Uint8Array) => DecodedWindows,
): DecodedWindows {
  try {
    return unpack(packed);
  } catch (error) {
    const reason = holdsTooMuch(error) ? TOO_MUCH : errorReason(error);
    return { windows: [], damage: [{ offset: 0, length: packed.length, windowsBefore: 0, reason }] };
  }
}

/** Error of zlib above the size limit of `inflateWindow`. */
export const holdsTooMuch = (error: unknown): boolean =>
  error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

export const TOO_MUCH =
  'it contains more than a window of its size can: it is not a window, or it is an attack';

/** Returns the window of a row with the key (sensor, start), or its damage. A window with another key counts as damage. */
export function readStoredWindow(
  store: string,
  key: { readonly sensor: unknown; readonly start: unknown },
  read: DecodedWindows | null,
): { readonly window: UsageWindow | null; readonly damage: WiretallyError | null } {
  const [window = null, ...others] = read?.windows ?? [];
  const isItsOwn =
    others.length === 0 && window?.sensor === key.sensor && window?.startSeconds === Number(key.start);
  if (isItsOwn && read?.damage.length === 0) return { window, damage: null };
  const reason =
    read?.damage[0]?.reason ?? (window === null ? 'it holds no window' : 'it holds another window');
  const text = `${store}: window ${key.start} of ${key.sensor} left out: ${reason}`;
  return {
    window: isItsOwn ? window : null,
    damage: new WiretallyError('STORE_DAMAGED', text, { where: store }),
  };
}
