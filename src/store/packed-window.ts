// A window deflated: as it is carried, and as stores on servers hold it.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { UsageWindow } from '../model/usage.ts';
import { type DecodedWindows, decodeWindows, encodeWindow, MAX_WINDOW_BYTES } from '../window/codec.ts';

/** The length before a window, and more. */
const ROOM_FOR_LENGTH = 8;

export const packWindow = (window: UsageWindow): Buffer => deflateRawSync(encodeWindow(window));

/** Throws what zlib throws for bytes that cannot be inflated, or hold more than a window may. */
export const unpackWindow = (packed: Uint8Array): DecodedWindows =>
  decodeWindows(inflateRawSync(packed, { maxOutputLength: MAX_WINDOW_BYTES + ROOM_FOR_LENGTH }));
