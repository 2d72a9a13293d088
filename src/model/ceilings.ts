// Ceilings of one window: what sensors and stores write at most, and what readers accept before they allocate memory.

/** Maximum hosts, rows and DNS names, each, in one window of a sensor: a full /16. */
export const MAX_OF_SENSOR_WINDOW = 65_536;
/** Default window length of a sensor, and the longest of a store. */
const USUAL_SECONDS = 60;
const LONGEST_SECONDS = 900;

/** Maximum hosts, rows or DNS names in a stored window: a store sums the minutes of a quarter hour into one window. */
export const mostEntries = (lengthSeconds: number): number =>
  MAX_OF_SENSOR_WINDOW * Math.max(1, Math.ceil(Math.min(lengthSeconds, LONGEST_SECONDS) / USUAL_SECONDS));

/** Maximum length of the lists of one row, DNS name or host. Aggregation and sums truncate lists to it. */
/** Raw exchanges of one row; further ones are counted in cells. */
export const MAX_RAW_EXCHANGES = 256;
/** Hello times of one row; the earliest and the latest are always among them. */
export const MAX_HELLO_TIMES = 32;
/** A list of this length may lack servers. */
export const MAX_SERVERS = 8;
export const MAX_SERVER_PORTS = 4;
export const MAX_COMMUNITY_IDS = 8;
export const MAX_QUERIED_ADDRESSES = 8;
/** Resolvers of one name; a host has two or three. */
export const MAX_ECH_ANSWERS = 4;
/** MACs of one host in one window: a laptop has its own and that of a dock; more indicates an address that many claim. */
export const MAX_MACS = 4;
/** Claims about one host: half are reserved for claims that its frames confirm. Real hosts have one to three. */
export const MAX_CLAIMS = 16;
/** MACs shared by several hosts of one window; above the maximum the smallest are retained, so truncation is order-free. */
export const MAX_SHARED_MACS = 256;
/** Maximum names, VLANs and addresses of one host in a sum of windows; a sensor records at most 16 of each. */
export const MAX_OF_HOST = 256;
/** Protocols of one hello: browsers and tools offer three at most. */
export const MAX_ALPN = 64;
/** Destinations of a host's hidden traffic in a sum of windows; a sensor records at most 16. */
export const MAX_HIDDEN_DESTINATIONS = 256;
/** Classes of requests times classes of answers: window/sums.ts. */
export const MAX_CELLS = 26 * 20;
/** Signs of one entry of services. */
export const MAX_SIGNS = 64;
/** Versions of one entry: of a service that was updated, or of several behind one port. */
export const MAX_VERSIONS = 8;
export const MAX_GAPS = 65_536;
/** Begins and ends of runs of seconds: those of a quarter hour, each second one apart. */
export const MAX_HEARD = 1024;
export const MAX_FLAWS = 16;
/** More networks than these are ANY_NETWORK. */
export const MAX_EXCLUDED = 64;
/** Maximum outcome cells in one window. */
export const MAX_OUTCOMES = 65_536;
/** Counters by name: decoders have some hundred. */
export const MAX_COUNTS = 1024;

/** Characters of a text: names of hosts have 255 at most, and a byte takes up to four characters. */
export const MAX_TEXT_LENGTH = 1024;
/** The same in UTF-8. */
export const MAX_TEXT_BYTES = 4 * MAX_TEXT_LENGTH;
/** Texts of one window: a window at the ceilings above has 3.7 million different ones. */
export const MAX_TEXTS = 4_194_304;

/**
 * All parts of a window may weigh this much together: an entry of a list weighs 1, a message 4, as in memory. About 300 MB.
 */
export const MAX_WEIGHT = 8_388_608;
export const MESSAGE_WEIGHT = 4;

/** Hosts, rows or DNS names that may repeat in a window. A sensor writes each once; two pseudonyms may collide. */
export const MAX_REPEATED = 1024;

/** A window that is longer than this is refused. */
export const MAX_WINDOW_BYTES = 64 * 1024 * 1024;
/** Maximum distance of a time from the start of its window: flows and clock steps span a few hours. */
export const MAX_DISTANCE_US = 7 * 24 * 3600 * 1_000_000;
/** The largest revision: 32 bits with a sign, as columns of stores keep it. */
export const MAX_REVISION = 2_147_483_647;
