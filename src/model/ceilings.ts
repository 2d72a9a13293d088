// Sets the limits of one window: the maximum that sensors and stores write and that readers accept before they allocate
// memory.

/** Maximum hosts, maximum rows, and maximum DNS names in one window of a sensor: the size of a full /16. */
export const MAX_OF_SENSOR_WINDOW = 65_536;
/** Default window length of a sensor, and maximum window length of a store. */
const USUAL_SECONDS = 60;
const LONGEST_SECONDS = 900;

/**
 * Maximum hosts, rows or DNS names in a stored window. It grows with the length, because a store sums the minutes of a
 * quarter hour into one window.
 */
export const mostEntries = (lengthSeconds: number): number =>
  MAX_OF_SENSOR_WINDOW * Math.max(1, Math.ceil(Math.min(lengthSeconds, LONGEST_SECONDS) / USUAL_SECONDS));

/** Maximum length of the lists of one row, DNS name or host. Aggregation and sums truncate lists to it. */
/** Raw exchanges of one row; further ones are counted in cells. */
export const MAX_RAW_EXCHANGES = 256;
/** Hello times of one row; the earliest and the latest are always among them. */
export const MAX_HELLO_TIMES = 32;
/** A list of this length may be incomplete. */
export const MAX_SERVERS = 8;
export const MAX_SERVER_PORTS = 4;
export const MAX_COMMUNITY_IDS = 8;
export const MAX_QUERIED_ADDRESSES = 8;
/** Maximum resolvers of one name. A host has two or three. */
export const MAX_ECH_ANSWERS = 4;
/**
 * Maximum MACs of one host in one window. A laptop has its own and that of a dock; more than four show that many
 * machines claim the address.
 */
export const MAX_MACS = 4;
/**
 * Maximum claims about one host. Half are reserved for claims that its frames confirm; real hosts have one to three.
 */
export const MAX_CLAIMS = 16;
/**
 * Maximum MACs shared by several hosts of one window. The smallest are kept, so that truncation does not depend on the
 * order.
 */
export const MAX_SHARED_MACS = 256;
/** Maximum names, VLANs and addresses of one host in a sum of windows; a sensor records at most 16 of each. */
export const MAX_OF_HOST = 256;
/** Maximum protocols of one hello. Browsers and tools offer at most three. */
export const MAX_ALPN = 64;
/** Destinations of a host's hidden traffic in a sum of windows; a sensor records at most 16. */
export const MAX_HIDDEN_DESTINATIONS = 256;
/** Classes of requests times classes of answers, see window/sums.ts. */
export const MAX_CELLS = 26 * 20;
/** Maximum signs of one service entry. */
export const MAX_SIGNS = 64;
/** Maximum versions of one service entry. A service is updated, or several services share one port. */
export const MAX_VERSIONS = 8;
export const MAX_GAPS = 65_536;
/** Maximum starts and ends of runs of seconds: a quarter hour has at most 450 runs. */
export const MAX_HEARD = 1024;
export const MAX_FLAWS = 16;
/** Above this number of networks, a window contains ANY_NETWORK. */
export const MAX_EXCLUDED = 64;
/** Maximum outcome cells in one window. */
export const MAX_OUTCOMES = 65_536;
/** Maximum counters by name. Decoders have some hundred. */
export const MAX_COUNTS = 1024;

/** Maximum characters of a text. Host names have at most 255, and a byte takes up to four characters. */
export const MAX_TEXT_LENGTH = 1024;
/** Maximum bytes of a text in UTF-8. */
export const MAX_TEXT_BYTES = 4 * MAX_TEXT_LENGTH;
/** Maximum texts of one window. A window at the limits above has 3.7 million different texts. */
export const MAX_TEXTS = 4_194_304;

/** Maximum weight of all parts of a window, about 300 MB in memory. An entry of a list weighs 1, a message 4. */
export const MAX_WEIGHT = 8_388_608;
export const MESSAGE_WEIGHT = 4;

/**
 * Maximum hosts, rows or DNS names that repeat in a window. A sensor writes each once, but two pseudonyms may collide.
 */
export const MAX_REPEATED = 1024;

/** Readers refuse a longer window. */
export const MAX_WINDOW_BYTES = 64 * 1024 * 1024;
/** Maximum distance of a time from the start of its window: flows and clock steps span a few hours. */
export const MAX_DISTANCE_US = 7 * 24 * 3600 * 1_000_000;
/** Largest revision: stores have a signed 32-bit column for it. */
export const MAX_REVISION = 2_147_483_647;
