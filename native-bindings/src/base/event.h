// The border: the layout of every record that leaves native code. Little-endian, each record 8-byte aligned.
// The first number behind a field is its offset: tools/record-layout.mjs makes event_layout.h of these, with which the
// compiler checks them, and src/native/record-layout.ts.
//
// A batch is one BatchHeader followed by `record_count` records; each record starts with a RecordHeader whose
// `length` counts header, fixed part, tail and padding. The tail contains the variable parts in the order of
// their lengths in the fixed part. Times are nanoseconds since 1970-01-01T00:00:00Z. Addresses are 16 bytes:
// IPv6 as on the wire, IPv4 in the first four with ip_version 4, followed by zeros.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wiretally {

constexpr uint32_t kBatchMagic = 0x42455457;  // "WTEB"
constexpr uint16_t kLayoutVersion = 11;
// Later than any packet: the clock after the last whole flows (Partition::clock_ns).
constexpr int64_t kEndOfInputNs = int64_t{1} << 62;
// No flush has been answered since the batch before.
constexpr int64_t kNotSettled = INT64_MIN;

struct BatchHeader {
  uint32_t magic;           //  0
  uint16_t layout_version;  //  4
  uint16_t reserved;        //  6
  uint32_t record_count;    //  8
  uint32_t length;          // 12 bytes of the whole batch, this header included
  int64_t clock_ns;    // 16 latest packet time seen so far by this decoder (the capture's clock); see kEndOfInputNs
  int64_t settled_ns;  // 24 all records of windows that end by then are out, see FlushClock; or kNotSettled
};
static_assert(sizeof(BatchHeader) == 32);

enum class RecordType : uint16_t {
  kFlow = 1,
  kHello = 2,
  kDns = 3,
  kHostObservation = 4,
  kExchange = 5,
  kCapture = 6,
  kCounters = 7,
  kHostTotals = 8,
  kService = 9,
  kOutcome = 10,
  kAccount = 11,
  kHeard = 12,
  kQuicPeers = 13,
  kDnsNeed = 14,
};

struct RecordHeader {
  uint16_t type;    // 0
  uint16_t flags;   // 2 meaning by type, see below
  uint32_t length;  // 4 multiple of 8
};
static_assert(sizeof(RecordHeader) == 8);

// ---- kFlow: the slice of one flow that falls into one window (windowSeconds 0: the whole flow) ------------------
enum FlowFlags : uint16_t {
  kFlowFirstSlice = 1 << 0,   // counts as the flow's start: a flow is counted in the window where it starts
  kFlowLastSlice = 1 << 1,    // the flow has ended, see end_reason; without packets when all are in earlier slices
  kFlowSynSeen = 1 << 2,      // the client's SYN was seen
  kFlowMidFlow = 1 << 3,      // TCP without an observed SYN
  kFlowServerHello = 1 << 4,  // the server answered the hello with a ServerHello
  kFlowEstablished = 1 << 5,  // application data in both directions after the handshake
  kFlowTls13 = 1 << 6,        // the server chose TLS 1.3 (supported_versions in ServerHello)
  kFlowResumed = 1 << 7,      // the server accepted a pre-shared key (or echoed the session id, TLS 1.2)
  kFlowHttp2 = 1 << 8,        // looks like HTTP/2 inside TLS (h2 offered and a SETTINGS-sized first answer)
  kFlowRetried = 1 << 9,      // a HelloRetryRequest or QUIC Retry was seen
  kFlowAnswered = 1 << 10,  // each side acknowledged data of the other (QUIC: each used the connection id of the other)
  kFlowCutShort = 1 << 11,  // packets of it were cut by the snaplen
  kFlowOverQuic = 1 << 12,  // the hello came in QUIC Initials
  kFlowOverDtls = 1 << 13,  // the hello came in DTLS
  // Packets of the flow cannot all be of one connection: two hellos, other bytes in the same place, a ServerHello that
  // echoes another session id, data behind a reset of the same side, or a reset from another MAC address.
  kFlowContradicted = 1 << 14,
  kFlowJoined = 1 << 15,  // a subflow of the multipath connection with this token (RFC 8684 §3.2)
};
enum class FlowEnd : uint8_t { kOpen = 0, kIdle = 1, kFin = 2, kReset = 3, kEndOfInput = 4, kEvicted = 5, kReused = 6 };
enum class ClientKnownBy : uint8_t { kFirstPacket = 0, kHello = 1, kSyn = 2, kPort = 3 };
enum class ProxyKind : uint8_t { kNone = 0, kConnect = 1, kSocks4 = 2, kSocks5 = 3, kProxyProtocol = 4 };
// kOtherForm: the extension of kPresent, but not in the form of RFC 9849; reported as present.
enum class Ech : uint8_t { kNone = 0, kPresent = 1, kEsni = 2, kOtherForm = 3 };
// Guess from the first bytes of a flow without a ClientHello, for unobserved traffic.
enum class AppHint : uint8_t {
  kUnknown = 0,
  kTls = 1,
  kQuic = 2,
  kDtls = 3,
  kHttp = 4,
  kSsh = 5,
  kWireGuard = 6,
  kOpenVpn = 7,
  kIpsec = 8,
  kDns = 9,
  kEncrypted = 10,  // random from its first byte on: see is_random
  kNaming = 11,     // DHCP, NTP, mDNS and the like, each datagram of which parses
  kStun = 12,       // STUN (RFC 8489), then media
  kDnsTunnel = 13,  // DNS with messages that are larger than names need
  kMail = 14,       // SMTP, IMAP, POP3
};
// The payload of a flow shows these besides a hello.
enum LookFlags : uint8_t {
  kLookParsed = 1 << 0,  // clear text that was parsed to its answer, and kept its form: HTTP by message, DNS over TCP
  kLookNamed = 1 << 1,   // a DNS answer named the server's address
  kLookInside = 1 << 2,  // between local networks, or to a multicast, broadcast or link-local address
  // In a tunnel of a local host to the outside, and none of its addresses is that host's.
  kLookOtherHost = 1 << 3,
  kLookNoRecords = 1 << 4,  // TLS of which other bytes follow the handshake
  kLookCalling = 1 << 5,    // a DNS answer named the server's address as a gateway of Wi-Fi calling
};

// A forged flow may lack these marks that the other flows of its host have.
enum FlowMarks : uint16_t {
  // The client, or the server, sent payload over TCP with right checksums alone …
  kMarkRightUp = 1 << 0,
  kMarkRightDown = 1 << 1,
  // … or over UDP.
  kMarkRightUpUdp = 1 << 2,
  kMarkRightDownUdp = 1 << 3,
  kMarkWhole = 1 << 4,    // TCP with its SYN, answered
  kMarkCut = 1 << 5,      // TCP without its SYN and without a hello
  kMarkWrongUp = 1 << 6,  // the client sent payload, and no packet with a right checksum
  kMarkWrongDown = 1 << 7,
  kMarkUdp = 1 << 8,
  kMarkLate = 1 << 9,  // TCP without its SYN, and with a hello, perhaps behind a SYN-ACK
  kMarkFar = 1 << 10,  // a packet has passed more routers than any path has
};

struct FlowRecord {
  RecordHeader header;         //   0
  uint64_t flow_id;            //   8 links the slices and exchanges of one flow within one run; never printed
  int64_t flow_first_ns;       //  16 first packet of the flow
  int64_t first_ns;            //  24 first packet of this slice
  int64_t last_ns;             //  32 last packet of this slice
  int64_t hello_ns;            //  40 completing packet of the ClientHello, 0 without one
  uint64_t bytes_up;           //  48 frame bytes on the wire, client to server
  uint64_t bytes_down;         //  56
  uint64_t payload_up;         //  64 TCP or UDP payload bytes by the headers
  uint64_t payload_down;       //  72
  uint32_t packets_up;         //  80
  uint32_t packets_down;       //  84
  uint32_t lost_up;            //  88 bytes missing by TCP sequence number in this slice (0 for UDP)
  uint32_t lost_down;          //  92
  uint8_t client_address[16];  //  96
  uint8_t server_address[16];  // 112
  uint8_t client_mac[6];       // 128 zeros when the link carries none
  uint8_t server_mac[6];       // 134
  uint16_t client_port;        // 140
  uint16_t server_port;        // 142
  uint32_t file_index;         // 144 input that holds the flow's first packet
  uint32_t hello_bytes;        // 148 size of the ClientHello handshake message, header included; 0 without one
  uint16_t hello_segments;     // 152 TCP segments or QUIC packets of the hello
  uint16_t legacy_version;     // 154
  uint8_t ip_version;          // 156 4 or 6
  uint8_t protocol;            // 157 6 or 17
  uint8_t end_reason;          // 158 FlowEnd
  uint8_t client_known_by;     // 159 ClientKnownBy
  uint8_t proxy_kind;          // 160 ProxyKind
  uint8_t ech;                 // 161 Ech
  uint8_t app_hint;            // 162 AppHint
  uint8_t ech_config_id;       // 163 with ech kPresent
  uint8_t ja3_md5[16];         // 164 zeros without a hello
  char ja4[40];                // 180 zero padded; empty without a hello
  uint16_t sni_length;         // 220 tail 1: server name, lower case, without the dot of the root
  uint16_t alpn_length;        // 222 tail 2: u8 length + bytes, repeated (as in the extension)
  uint16_t proxy_length;       // 224 tail 3: "host:port" of the proxy's target
  uint16_t tunnel_length;      // 226 tail 4: encapsulations from the outside in, joined by '/', e.g. "gre/erspan2"
  uint16_t vlan_length;        // 228 tail 5: u16 each, outermost first
  uint16_t user_agent_length;  // 230 tail 6: product token of a clear-text HTTP client of the interest set, else 0
  uint64_t hello_hash;  // 232 hash of the ClientHello message, 0 without one: legs of a proxied connection share it
  uint16_t other_sni_length;  // 240 tail 7: server name of a hello that contradicts the first, as tail 1
  uint16_t counted_kinds;     // 242 NotVisibleKinds under which totals of its host count earlier slices
  uint32_t multipath_token;   // 244 names the multipath connection that the flow began or joined; 0: none
  uint8_t look;               // 248 LookFlags
  uint8_t client_ttl;         // 249 time to live, or hop limit, of the first packet of the client; 0: not known
  uint16_t marks;             // 250 FlowMarks
  uint8_t reserved[4];        // 252
};
static_assert(sizeof(FlowRecord) == 256);
constexpr size_t kFlowTails = 7;

// ---- kHello: one complete ClientHello (only when asked for) -----------------------------------------------------
enum HelloFlags : uint16_t { kHelloRetry = 1 << 0 };  // the second hello after a HelloRetryRequest
enum class HelloTransport : uint8_t { kTcp = 1, kQuic = 2, kDtls = 3 };

struct HelloRecord {
  RecordHeader header;              //   0
  uint64_t flow_id;                 //   8
  int64_t ts_ns;                    //  16 packet that completed it
  uint8_t source_address[16];       //  24 side that sent it
  uint8_t destination_address[16];  //  40
  uint16_t source_port;             //  56
  uint16_t destination_port;        //  58
  uint32_t file_index;              //  60
  uint32_t hello_bytes;             //  64
  uint16_t segments;                //  68
  uint16_t legacy_version;          //  70
  uint8_t ip_version;               //  72
  uint8_t transport;                //  73 HelloTransport
  uint8_t ech;                      //  74 Ech
  uint8_t vlan_count;               //  75
  uint8_t ja3_md5[16];              //  76
  char ja4[40];                     //  92
  uint16_t sni_length;              // 132 tail 1
  uint16_t alpn_length;             // 134 tail 2 as in FlowRecord
  uint16_t versions_length;         // 136 tail 3: u16 each, big-endian as offered, GREASE included
  uint16_t ja3_length;              // 138 tail 4: the JA3 text
  uint16_t tunnel_length;           // 140 tail 5
  uint16_t vlan_length;             // 142 tail 6
  char family[40];                  // 144 zero padded, fingerprint/family.h
};
static_assert(sizeof(HelloRecord) == 184);

// ---- kDns: one DNS response, or a query for a name of the catalogue -----------------------------------------------
enum DnsFlags : uint16_t {
  kDnsResponse = 1 << 0,
  kDnsEch = 1 << 1,        // an HTTPS or SVCB answer contains an ECH configuration
  kDnsMulticast = 1 << 2,  // mDNS
  kDnsOverTcp = 1 << 3,
  kDnsBlocked = 1 << 4,    // In logs: the resolver refused to answer.
  kDnsPart = 1 << 5,       // addresses may be missing: the packet was cut, or the answer is repeated over TCP
  kDnsTruncated = 1 << 6,  // the resolver cut the answer, and its client asks again over TCP (RFC 7766 section 5)
};
struct DnsRecord {
  RecordHeader header;         //  0
  int64_t ts_ns;               //  8
  uint8_t client_address[16];  // 16 client
  uint8_t server_address[16];  // 32
  uint16_t query_type;         // 48
  uint8_t ip_version;          // 50
  uint8_t rcode;               // 51
  uint32_t ttl_seconds;        // 52 smallest TTL of the address answers
  uint32_t file_index;         // 56
  uint16_t name_length;        // 60 tail 1: the query name, lower case
  uint16_t cnames_length;      // 62 tail 2: CNAME chain, names joined by one zero byte
  uint16_t a_length;           // 64 tail 3: A answers, 4 bytes each
  uint16_t aaaa_length;        // 66 tail 4: AAAA answers, 16 bytes each
  uint8_t client_mac_tail[4];  // 68 last four bytes of the MAC at the client's end of the frame; zero without one
  uint16_t client_port;        // 72
  uint16_t message_id;         // 74
  uint32_t ech_ttl_seconds;    // 76 with kDnsEch: smallest TTL of the answers with an ECH configuration
};
static_assert(sizeof(DnsRecord) == 80);

// ---- kHostObservation: an address, a MAC and a name of one machine -------------------------------------------------
enum ObservationFlags : uint16_t {
  // The frame was sent by `mac`, or by a relay agent for it. Other machines can claim anything about it.
  kObservationByOwner = 1 << 0,
};
enum class ObservationSource : uint8_t { kDhcp = 1, kDhcp6 = 2, kArp = 3, kNdp = 4, kMdns = 5, kNbns = 6 };
struct HostObservationRecord {
  RecordHeader header;     //  0
  int64_t ts_ns;           //  8
  uint8_t address[16];     // 16 zeros when not known
  uint8_t mac[6];          // 32 of the message; of the frame where the message has none; zeros when not known
  uint8_t ip_version;      // 38 0 when no address is known
  uint8_t source;          // 39 ObservationSource
  uint32_t lease_seconds;  // 40 DHCP lease, 0 when unknown
  uint16_t vlan;           // 44
  uint16_t name_length;    // 46 tail 1
};
static_assert(sizeof(HostObservationRecord) == 48);

// ---- kExchange: an upstream run of data and the downstream run that answered it -----------------------------------
enum ExchangeFlags : uint16_t {
  kExchangeFirst = 1 << 0,             // first of its flow after the handshake
  kExchangeTicketsUncertain = 1 << 1,  // session tickets may be counted in the answer
  kExchangeBytesMissing = 1 << 2,      // holes were filled from sequence numbers
  kExchangeOverlapped = 1 << 3,        // new upstream data arrived during the answer
  kExchangeClosed = 1 << 4,            // the flow was closed by FIN or RST in it
  kExchangeByPackets = 1 << 5,         // cut by packets, not by TLS records (QUIC, or bodies cut by the snaplen)
  kExchangePlain = 1 << 6,             // no TLS: payload bytes are body and headers
  kExchangeNoTicketsSeen = 1 << 7,     // the server sent no tickets before it and the flow was not resumed
  kExchangeAllAnswered = 1 << 8,       // HTTP/2: each of several heads had a body, and as many streams ended
};
struct ExchangeRecord {
  RecordHeader header;      //  0
  uint64_t flow_id;         //  8
  int64_t start_ns;         // 16 first upstream record
  uint64_t bytes_up;        // 24 inside TLS records (overhead taken off: 17 bytes a record in 1.3, 24 in 1.2)
  uint64_t bytes_down;      // 32
  uint32_t records_up;      // 40
  uint32_t records_down;    // 44
  uint32_t largest_up;      // 48
  uint32_t largest_down;    // 52
  uint32_t first_down;      // 56 size of the first downstream record
  uint32_t wait_ms;         // 60 last upstream record to first downstream record
  uint32_t answer_ms;       // 64 first to last downstream record
  uint32_t largest_gap_ms;  // 68 largest silence inside the answer
  uint32_t upload_ms;       // 72 first to last upstream record
  uint32_t messages_up;  // 76 heads of requests with a body, estimated from record sizes: a bound of parallel requests
};
static_assert(sizeof(ExchangeRecord) == 80);

// ---- kCapture: one input was read (to its end, or to damage that stops the reader) ----------------------
enum CaptureFlags : uint16_t { kCaptureTruncated = 1 << 0, kCaptureDamaged = 1 << 1 };
struct CaptureRecord {
  RecordHeader header;       //  0
  uint32_t file_index;       //  8
  uint32_t error_code;       // 12 0 none, else CaptureError
  uint64_t packets;          // 16
  uint64_t wire_bytes;       // 24 original lengths
  int64_t first_ns;          // 32 0 without packets
  int64_t last_ns;           // 40
  uint64_t error_offset;     // 48 byte offset in the (decompressed) input
  uint32_t link_type_count;  // 56
  uint16_t links_length;     // 60 tail 1: link_type_count * u16
  uint16_t error_length;     // 62 tail 2: the fault, one sentence without file name and offset
  uint64_t back_ns;          // 64 how far a packet's time was behind the largest before it, at most
  uint64_t drops;            // 72 packets dropped by the capturing machine, as reported
  int64_t drops_since_ns;    // 80 start of its drop counter, as reported; 0: unknown
  uint64_t filtered;         // 88 packets before their interface stated its capture filter
};
static_assert(sizeof(CaptureRecord) == 96);

// ---- kCounters: totals since open, sent at the end and on request ----------------------------------------------
// Each worker reports its own share: the totals are the sums of their last records.
// `malformed` is a list of (u32 counter number, u32 reserved, u64 count); names by counterNames() of the addon.
struct CountersRecord {
  RecordHeader header;         //  0
  uint64_t packets;            //  8
  uint64_t wire_bytes;         // 16
  uint64_t flows;              // 24
  uint64_t hellos_complete;    // 32 second hellos after a retry not counted
  uint64_t hellos_incomplete;  // 40
  uint64_t snaplen_cut;        // 48 packets whose parsing ended at the captured length
  uint64_t evicted_flows;      // 56
  uint64_t kernel_drops;       // 64
  uint64_t undecoded;          // 72 packets without a TCP or UDP header (ARP, ICMP, unknown ether types, …)
  uint64_t fragments;          // 80
  uint32_t malformed_count;    // 88
  uint32_t unwatched;          // 92 connections whose outcome was not followed, as the table was full
  uint64_t excluded;           // 96 packets of networks that are never recorded
  uint64_t filtered;           // 104 packets rejected by the capture filter
};
static_assert(sizeof(CountersRecord) == 112);

// ---- kHostTotals: sums of flows that are not exported as records, on request only --------------------------------
// What of a flow is not visible; collector/unseen.h maps these to kinds of collector/host.h.
enum NotVisibleKinds : uint16_t {
  kTunnelKind = 1 << 0,
  kDnsKind = 1 << 1,
  kMidFlowKind = 1 << 2,
  kLossKind = 1 << 3,
  kConflictKind = 1 << 4,
  kUnnamedKind = 1 << 5,  // In logs: TLS or QUIC without a name.
  kRelayKind = 1 << 6,    // In logs: an upload to an unlisted name.
  kUnsizedKind = 1 << 7,  // In logs: the bytes of a direction are not logged.
};
constexpr unsigned kNotVisibleKinds = 8;

// A sum of flow slices by client, its MAC, VLANs and window, and by the kinds that the flags name, with their protocol.
// Several records may have one key: sum them.
struct HostTotalsRecord {
  RecordHeader header;                    //  0
  int64_t first_ns;                       //  8 smallest of the slices
  int64_t last_ns;                        // 16 largest
  uint64_t packets;                       // 24 both ways
  uint64_t bytes_up;                      // 32 frame bytes on the wire, client to server
  uint64_t bytes_down;                    // 40
  uint64_t flows;                         // 48 that begin in the window
  uint64_t hellos_complete;               // 56 in these slices
  uint64_t evicted_flows;                 // 64
  uint8_t address[16];                    // 72 the client's
  uint8_t mac[6];                         // 88 zeros when the link carries none
  uint8_t ip_version;                     // 94
  uint8_t vlan_count;                     // 95
  uint16_t vlans[4];                      // 96 outermost first
  uint64_t lost;                          // 104 bytes missing in both directions
  uint32_t kind_flows[kNotVisibleKinds];  // 112 flows of each kind that were not counted under it before
  uint8_t app_hint;                       // 144 AppHint, of slices with a kind
  uint8_t traffic_class;                  // 145 TrafficClass of all slices
  uint8_t client_ttl;                     // 146 as in FlowRecord, of all slices
  uint8_t marks;                          // 147 FlowMarks of any slice, as far as they are of one byte
  uint8_t reserved[4];                    // 148
  uint64_t ech_hellos;                    // 152 of the hellos, those with Encrypted ClientHello or its GREASE
  uint8_t peer[16];                       // 160 of a log, the server of slices with a kind; zeros where none is known
};
static_assert(sizeof(HostTotalsRecord) == 176);

// ---- kService: what the slice of a flow tells of the service of its server: clear-text HTTP, or a server name ----------
// Bits of ServiceRecord::signs; protocol/service_signs.cc decides on each. No text of the flow leaves.
enum class ServiceSign : uint8_t {
  kLlamaServer = 0,
  kLlamaAnswer = 1,
  kKoboldServer = 2,
  kKoboldAnswer = 3,
  kLiteLlmField = 4,
  kTgiFields = 5,
  kTgiAnswer = 6,
  kVllmOwner = 7,
  kVllmAnswer = 8,
  kSglangOwner = 9,
  kSglangAnswer = 10,
  kLmStudioOwner = 11,
  kLmStudioAnswer = 12,
  kTextGenWebuiAnswer = 13,
  kOpenWebuiConfig = 14,
  kOpenWebuiAnswer = 15,
  kOllamaBanner = 16,
  kOllamaList = 17,
  kOllamaAnswer = 18,
  kOllamaFingerprint = 19,
  kOpenAiAnswer = 20,
  kOpenAiModels = 21,
  kAnthropicAnswer = 22,
  kAnthropicField = 23,
  kRouterMessage = 24,
  kMcpInitialize = 25,
  kMcpField = 26,
  kMcpEndpoint = 27,
  kMcpPlaywright = 28,
  kOpenCodeAnswer = 29,
  kOpenCodeField = 30,
  kCodexAnswer = 31,
  kQwenAnswer = 32,
  kAgentCard = 33,
  kAgentTask = 34,
  kGeminiAgent = 35,
  kChatRequest = 36,
  kServerName = 37,     // behind TLS
  kNoCredentials = 38,  // Set with another sign: the request had no key, token or cookie.
};
enum ServiceFlags : uint16_t {
  kServiceFirst = 1 << 0,      // the flow began in this slice
  kServiceUncounted = 1 << 1,  // There may be more requests than are counted.
};
struct ServiceRecord {
  RecordHeader header;         //  0
  int64_t first_ns;            //  8 of the slice
  int64_t last_ns;             // 16
  uint64_t signs;              // 24 of the flow so far, ServiceSign
  uint64_t bytes_up;           // 32 frame bytes on the wire, client to server
  uint64_t bytes_down;         // 40
  uint8_t client_address[16];  // 48
  uint8_t server_address[16];  // 64
  uint32_t requests;           // 80 that end in the slice; a WebSocket counts as one
  uint32_t uses;               // 84 of these, answered ones that do more than ask which service it is
  uint16_t server_port;        // 88
  uint8_t ip_version;          // 90
  uint8_t version_parts;       // 91 numbers of the version that an answer states; 0: none does
  uint16_t version[3];         // 92
  uint16_t reserved;           // 98
  uint32_t mcp_sessions;       // 100 answered requests of MCP that end in the slice: initialize, server/discover
  uint32_t mcp_lists;          // 104 lists of tools, resources or prompts
  uint32_t mcp_reads;          // 108 resources, prompts, completions
  uint32_t mcp_calls;          // 112 of tools
  uint32_t reserved2;          // 116
};
static_assert(sizeof(ServiceRecord) == 120);
// ---- kOutcome: how one connection of interest went, or one ICMP message about it -----------------------------------
enum OutcomeFlags : uint16_t {
  kOutcomeProxied = 1 << 0,      // through a proxy: the name is that of its CONNECT
  kOutcomeOutOfWindow = 1 << 1,  // the packet that decided it has a sequence number that no host accepts
  kOutcomeContinued = 1 << 2,    // later packets of the same side contradict it
  kOutcomeTls12 = 1 << 3,
  kOutcomeByClient = 1 << 4,  // the client ended the connection
  kOutcomeCutOff = 1 << 5,    // The last packets are not in the capture.
};
// Words of CONNECTION_OUTCOMES in src/model/outcome.ts, in this order.
enum class OutcomeKind : uint8_t {
  kServed = 0,       // a request was answered; value: holes in the data of the server; detail: 2 + the seconds from
                     // the first SYN to the SYN-ACK where SYNs were repeated for one second or more, else 0
  kOpened = 1,       // the SYN was answered, and nothing decides about the rest; detail: 1 when the client completed
                     // the handshake and left without a request, some time after it
  kSynSilent = 2,    // no answer to the SYN; value: SYNs; detail: 1 when SYN-ACKs came and the client repeated its SYN
  kSynReset = 3,     // a reset answered the SYN
  kIcmp = 4,         // detail: type * 256 + code of a message that quotes a packet to the server; its sender in `by`
  kHelloSilent = 5,  // no byte of the hello was acknowledged; value: copies
  kHelloFrontLost = 6,  // bytes behind the first segment were acknowledged, the segment never; value: copies
  kHelloRestLost = 7,   // the first segment was acknowledged, the rest never; value: copies
  kHelloReset = 8,   // a reset came before the first byte of the server; value: segments of the hello by then; detail:
                     // 1 the hello was not whole, 2 it was, 3 after the answer, 4 before any byte of the client
  kHelloClosed = 9,  // the same with FIN
  kHelloUnanswered = 10,  // the hello was acknowledged, and no answer came
  kServerAlert = 11,      // a clear alert in place of a ServerHello; detail: its description
  kAnswerFrontLost = 12,  // the client acknowledged later bytes of the answer, its first ones never
  kAnswerRefused = 13,    // the client left after the answer, without a request; detail: its clear alert + 1, else 300
                          // when it ended TLS in order behind its Finished, else 0
  kRequestUnheard = 14,   // packets of the client were no longer acknowledged; value: packets, delay: silence before,
                          // detail: 1 when later bytes than theirs were, 2 when they were full and smaller ones were
                          // acknowledged
  kResetInSilence = 15,   // the server reset a connection that was silent; delay: the silence
  kClosedInAnswer = 16,   // the server ended the connection without close_notify; delay: silence, value: age in
                          // ms, detail: age in s * 2 + 1 when it was a reset
  kConnectStatus = 17,  // detail: status of the proxy's answer to CONNECT; without a proxy, of an answer in clear text
                        // that leads to another site, or to a ClientHello; of SOCKS one of SocksStatus
  kConnectUnanswered = 18,
  kRequestUnanswered = 19,  // a request was acknowledged, and no answer came; delay: time waited; detail: 0, or of an
                            // answer that broke off 1 when bytes in its middle never came, 2 within a record
  kQuicSilent = 20,         // no packet of the server answered a hello of QUIC for a second or more; value: packets
};

// Refusals of SOCKS proxies, apart from each status of HTTP: SOCKS_STATUS in src/model/outcome.ts.
enum SocksStatus : uint16_t {
  kSocks4Status = 4000,       // Base of reply codes 91 to 93.
  kSocks5Status = 5000,       // Base of reply codes 1 to 8 (RFC 1928 section 6).
  kSocksMethodStatus = 5255,  // the proxy accepts no method of the client
  kSocksLoginStatus = 5300,   // the user name and password failed (RFC 1929)
};

struct OutcomeRecord {
  RecordHeader header;         //   0
  int64_t ts_ns;               //   8 the packet that decides it
  int64_t last_ns;             //  16
  uint8_t client_address[16];  //  24
  uint8_t server_address[16];  //  40
  uint16_t client_port;        //  56
  uint16_t server_port;        //  58
  uint8_t ip_version;          //  60
  uint8_t kind;                //  61 OutcomeKind
  uint8_t ttl;                 //  62 of the packet that decides it, 0: unknown
  uint8_t handshake_ttl;       //  63 of the SYN-ACK
  uint32_t detail;             //  64
  uint32_t delay_us;           //  68 from the packet before to the one that decides it
  uint32_t handshake_us;       //  72 from the SYN to the SYN-ACK, 0 without one
  uint32_t value;              //  76
  uint32_t repeated;           //  80 data segments of the client sent again, and holes in the data of the server
  uint32_t segments;           //  84 data segments in both directions
  uint32_t fastest_kbit;       //  88 fastest rate of a run of full segments, in kbit/s; 0: no such run
  uint16_t name_length;        //  92 tail 1: server name, or host of the proxy's target
  uint16_t reserved;           //  94
  uint8_t by[16];              //  96 sender of an ICMP message
};
static_assert(sizeof(OutcomeRecord) == 112);

// ---- kAccount: frames of one host and window that belong to no flow ------------------------------------------------
// The account of traffic: each byte on the wire is in one class. HostAccount of src/model/usage.ts.
enum class TrafficClass : uint8_t {
  kLookedInto = 0,  // a protocol was parsed to its answer, and the name or purpose is known
  kHarmless = 1,    // cannot carry a tool, by content
  kInside = 2,      // not parsed, between local networks or to a group address
  kHidden = 3,      // everything else
};
constexpr unsigned kTrafficClasses = 4;
// Why frames without a flow are hidden: kinds of collector/host.h.
enum class FrameCause : uint8_t { kNone = 0, kTunnel = 1, kProtocol = 2, kDamaged = 3 };

struct AccountRecord {
  RecordHeader header;    //  0
  int64_t first_ns;       //  8
  int64_t last_ns;        // 16
  uint64_t packets;       // 24
  uint64_t bytes;         // 32 frame bytes on the wire
  uint8_t host[16];       // 40 the local end; zeros where none is known
  uint8_t peer[16];       // 56 of hidden frames, the other end
  uint8_t ip_version;     // 72 0 without a host
  uint8_t traffic_class;  // 73 TrafficClass
  uint8_t cause;          // 74 FrameCause
  uint8_t reserved[5];    // 75
};
static_assert(sizeof(AccountRecord) == 80);

// ---- kHeard: seconds in which a frame was captured, of one window, at most kHeardSeconds from `start_ns` on -----------
// Several records may have one start: unite their seconds and add their frames.
constexpr unsigned kHeardSeconds = 60;

struct HeardRecord {
  RecordHeader header;  //  0
  int64_t start_ns;     //  8 start of the window, or of a whole minute behind it
  uint64_t seconds;     // 16 bit i: second i behind the start
  uint64_t frames;      // 24
};
static_assert(sizeof(HeardRecord) == 32);

// ---- kQuicPeers: a client had QUIC connections with a name to a port of a server, which leave as totals ----------------
// Several records may have one key.
struct QuicPeersRecord {
  RecordHeader header;         //  0
  int64_t first_ns;            //  8 smallest of their slices in one window
  int64_t last_ns;             // 16 largest
  uint8_t client_address[16];  // 24
  uint8_t server_address[16];  // 40
  uint16_t server_port;        // 56
  uint8_t ip_version;          // 58
  uint8_t reserved[5];         // 59
};
static_assert(sizeof(QuicPeersRecord) == 64);

// ---- kDnsNeed: what the name and the texts of one DNS answer carry; only of names and texts that are new ---------------
struct DnsNeedRecord {
  RecordHeader header;         //  0
  int64_t ts_ns;               //  8
  uint8_t client_address[16];  // 16
  uint8_t server_address[16];  // 32
  uint64_t zone;               // 48 hash of the name of the zone
  uint64_t content;            // 56 hash of the name and the texts
  uint32_t name_bytes;         // 64 less what names of hosts need
  uint32_t text_bytes;         // 68
  uint32_t bytes;              // 72 frame bytes of the question and the answer; 0 when their flow is hidden already
  uint8_t ip_version;          // 76
  uint8_t reserved[3];         // 77
};
static_assert(sizeof(DnsNeedRecord) == 80);

}  // namespace wiretally
