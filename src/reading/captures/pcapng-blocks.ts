// Lists block and option numbers of pcapng (draft-ietf-opsawg-pcapng §4).

export const SECTION_HEADER = 0x0a0d0d0a;
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const INTERFACE_DESCRIPTION = 1;
export const OBSOLETE_PACKET = 2;
export const ENHANCED_PACKET = 6;

/** Options of an Interface Description Block. */
export const IF_TSRESOL = 9;
export const IF_TSOFFSET = 14;
