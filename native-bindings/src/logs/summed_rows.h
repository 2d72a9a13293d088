// SummedRows: reads the rows of a log that count in sums alone, without an object in JavaScript: flows without a listed name,
// also those whose name is hidden, names that are not listed, questions for them, and rows of gateways. JavaScript reads every
// other row, and answers what a text stands for; both use the same sums and tables, so a log has the same windows with and
// without the core.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../base/cursor.h"
#include "../base/event_writer.h"
#include "../base/watchlist.h"
#include "../packet/network_list.h"
#include "clock_times.h"
#include "field_scanner.h"
#include "known_texts.h"
#include "row_hashes.h"
#include "waiting_rows.h"

namespace wiretally {

enum AddressFlag : uint32_t { kIsAddress = 1, kIsLocal = 2, kIsVendors = 4 };

// Flags of the protocol that the sensor recognized.
enum ServiceFlag : uint32_t {
  kIsNaming = 1,  // Hellos have a name, which a row of names may have.
  kIsHello = 2,   // one hello counts
  kMayWait = 4,   // the row may wait for the row with its name
  kIsHidden = 8,  // The content may be anything.
  kIsQuic = 16,
  kMayHideName = 32,  // without a row of names, its bytes are hidden
  kHasRequests = 64,  // Its requests name the server in clear text. Without rows of requests, its bytes are hidden.
};

// Flags of a transport.
enum TransportFlag : uint32_t { kIsTcp = 1, kIsUdp = 2 };

// Flags of the rows of a gateway whose words are the same; 0: they are not summed here.
enum RowClassFlag : uint32_t {
  kIsSession = 1,
  kIsRequest = 2,
  kIsBlocked = 4,
  kIsTcpRow = 8,
  kHasOpaqueService = 16,  // The session may have any name, which a request may have.
  kHidesName = 32,         // without a name, its bytes may be hidden
  kIsQuestion = 64,
  kHasNoService = 128,  // The protocol is not known.
};

// A gateway writes its rows in this way.
struct GatewayRules {
  bool is_joined = false;             // Rows are joined by the ports of their clients.
  bool is_twice = false;              // sessions and requests have the same traffic, and no number that joins them
  bool may_wait = false;              // a session may wait for its requests, which JavaScript does
  std::vector<int16_t> class_fields;  // their words, and which fields there are, make the class of a row
};

// Requests of a gateway whose session was not read, src/reading/logs/gateways/requested.ts.
struct RequestColumns {
  int32_t* hashes = nullptr;
  int32_t* hosts = nullptr;
  double* times = nullptr;
  int32_t* count = nullptr;
  size_t size = 0;
};

// Sessions of a gateway that wait for their requests, in a ring: src/reading/logs/early-sessions.ts.
struct SessionPlaces {
  static constexpr size_t kPlaces = 65'536;
  enum Owner : uint8_t { kFree, kReader, kCore };

  int32_t* next = nullptr;  // a single number; null: no session waits here
  int32_t* hashes = nullptr;
  uint8_t* owners = nullptr;
  int32_t* gone = nullptr;  // recent sessions whose place was needed
};

// Cells of a row, src/reading/logs/summed-rows.ts.
enum class Cell : uint8_t {
  kKind,     // flags of the word: the number of the form of the row, from 1; the same cell in all forms
  kWritten,  // time of the row; none: it is the end of the flow
  kStart,
  kEnd,
  kDuration,  // Seconds.
  kId,
  kClient,
  kClientPort,
  kServer,
  kServerPort,
  kTransport,
  kService,
  kBytesUp,
  kOtherUp,  // counts where the first is absent or 0
  kBytesDown,
  kOtherDown,
  kPacketsUp,
  kPacketsDown,
  kName,
  kAnswers,
  kMac,  // a row with one is not summed here
  kUrl,
  kOuterClient,  // Used if the client is absent.
  kClock,        // behind the date of the row
  kZone,
  kMilliseconds,
  kMicroseconds,
  kQuestion,
  kCount,
};
constexpr size_t kCells = static_cast<size_t>(Cell::kCount);

enum class RowKind : uint8_t { kFlow = 1, kName = 2, kQuestion = 3, kGateway = 4 };

// Columns and texts of one kind of row in a format.
struct RowForm {
  RowKind kind = RowKind::kFlow;
  std::array<int16_t, kCells> fields;  // Field of each Cell; -1: none.
};

// Sums of hosts by window, src/reading/logs/host-sums.ts.
struct HostSumColumns {
  static constexpr size_t kMaxSums = 16'384;
  static constexpr size_t kPlaces = 2 * kMaxSums;
  static constexpr size_t kMaxHosts = 131'072;
  static constexpr size_t kAtOnce = 256;
  static constexpr size_t kWidth = 8;  // first and last time, packets, bytes up and down, flows, hellos, unsized flows

  int32_t* places = nullptr;  // number of the sum plus one, by hash
  double* windows = nullptr;
  int32_t* hosts = nullptr;
  uint8_t* has_mac = nullptr;
  double* numbers = nullptr;
  int32_t* count = nullptr;
  const uint32_t* addresses = nullptr;  // IPv4 addresses by number of the host; 0: not known here.
};

// Hashes of connections, src/reading/logs/early-rows.ts, named-connections.ts and join-table.ts.
struct ConnectionTables {
  static constexpr size_t kBits = 1 << 15;  // words of 32 bits
  static constexpr size_t kRecent = 1 << 20;

  const int32_t* answered = nullptr;  // bits of addresses in answers for listed names
  const int32_t* open = nullptr;      // bits of connections to listed names
  int32_t* waiting = nullptr;         // bits of rows that wait for their names here
  const int32_t* readers = nullptr;   // bits of those that wait in JavaScript
  int32_t* counts = nullptr;          // Numbers of waiting rows in JavaScript, and here.
  int32_t* beyond = nullptr;          // recent rows that could not wait
  int32_t* recent = nullptr;          // recent connections whose names came
  int32_t* named = nullptr;           // all of these, by open addressing; null: a row that needs them is not summed
  size_t named_size = 0;              // a power of two
  int32_t* named_count = nullptr;
};

constexpr int64_t kDnsOverTlsPort = 853;

// UNKNOWN_UDP_BYTES of src/reading/collector/not-visible.ts.
constexpr int64_t kFewBytes = 4096;

// A relay may be behind it, which JavaScript decides: isUpload of src/reading/logs/unseen.ts.
inline bool is_upload(int64_t up, int64_t down) { return up >= 20'000 && up / 3 >= down; }

inline bool is_recent(const int32_t* recent, uint32_t hash) {
  return static_cast<uint32_t>(recent[hash & (ConnectionTables::kRecent - 1)]) == hash;
}

// Hashes of names that are not listed, src/reading/logs/listed-names.ts.
struct UnlistedNames {
  static constexpr size_t kPlaces = 1 << 18;

  int32_t* hashes = nullptr;  // two in a place
};

// Totals of a reading, src/reading/logs/collect.ts.
enum Total : uint8_t { kPackets, kBytes, kFlows, kHellos, kLastUs, kTotals };

// JavaScript answers this before the next row is summed.
enum class Need : uint8_t {
  kNothing,
  kClient,
  kServer,
  kService,
  kTransport,
  kName,
  kKind,
  kWindow,
  kRoom,
  kRowClass,  // A question about the whole line, like those below.
  kTime,
  kStart,
};

// First and last time of rows; the first one is later than the last without any.
struct RowTimes {
  int64_t first_us = INT64_MAX;
  int64_t last_us = INT64_MIN;

  void add(int64_t us) {
    first_us = std::min(first_us, us);
    last_us = std::max(last_us, us);
  }
};

struct TakenRows {
  size_t end = 0;  // Start of the first row that was not summed.
  size_t count = 0;
  RowTimes connections;  // rows of whole connections
  RowTimes parts;        // rows of their names and questions
  Need need = Need::kNothing;
  size_t need_start = 0;  // Start of the text.
  size_t need_end = 0;
  int64_t window = 0;
};

// State of a reader, src/reading/logs/summed-rows.ts.
struct ReaderState {
  size_t form = 0;  // Form of rows without a kind, from 1; 0: not summed.
  bool reads_kind = false;
  bool has_names = false;          // rows with names were read
  bool may_wait = false;           // rows of connections may wait for their names
  bool may_hide = false;           // the reader knows that connections may lack the rows of their names
  bool has_requests = false;       // rows of requests in clear text were read
  bool may_lack_requests = false;  // the reader knows that connections may lack the rows of their requests
  uint8_t separator = 0;           // between the answers of a list; 0: a list of JSON
};

class SummedRows {
 public:
  SummedRows(const HostSumColumns& sums, double* totals, int64_t window_us)
      : sums_(sums), totals_(totals), window_us_(window_us) {}

  void set_tables(const ConnectionTables& tables) { tables_ = tables; }
  void set_forms(std::vector<RowForm> forms) { forms_ = std::move(forms); }
  void set_max_id(size_t length) { max_id_ = length; }

  void set_unlisted(const UnlistedNames& names) { unlisted_ = names; }

  // Without them, JavaScript tells what each address belongs to.
  void set_networks(const NetworkList& local, const NetworkList& vendors) {
    local_ = local;
    vendors_ = vendors;
    has_networks_ = true;
  }

  // All listed names. Without them, JavaScript looks up each name.
  void set_listed(std::shared_ptr<const Watchlist> names) { listed_ = std::move(names); }

  void set_gateway(GatewayRules rules) { gateway_ = std::move(rules); }
  void set_requests(RequestColumns requests) { requests_ = requests; }
  void set_sessions(const SessionPlaces& sessions) { sessions_ = sessions; }

  void learn(TextKind kind, Span text, const KnownText& known);
  // The answer to kRowClass, and to kTime and kStart: the time in microseconds, or anything else for a text that is none.
  void learn_class(uint32_t flags);
  void learn_time(int64_t us) { clocks_.learn(us); }
  void forget();
  void open_window(int64_t window) { windows_.insert(window); }

  // Hidden rows are written there as records of totals, whose memory must stay valid.
  void set_hidden(uint8_t* batch, size_t size);
  // Finishes the batch of hidden rows and returns its length, 0 for none. The next row overwrites it.
  size_t take_hidden();

  // Writes the sums from this one on, at most kAtOnce, as records of totals. Returns the length of the batch; 0 where JavaScript
  // must write one of them.
  size_t write_sums(size_t from, uint8_t* batch, size_t size) const;

  bool is_waiting(const std::string& key) const { return waiting_.has(key); }
  // The values of a row that waits, which waits no more; empty for none. Keys are those of src/reading/logs/join-table.ts.
  std::string take_waiting(const std::string& key);
  // Sums rows that no name came for. Returns the values of those that are not summed, once there are `most` of them, the batch of
  // hidden rows is full, or none is left.
  std::vector<std::string> sum_waiting(const ReaderState& state, size_t most);

  // The place of the session with this hash that waits here; -1: none.
  int32_t find_session(uint32_t hash) const;
  // Its values; empty for none.
  std::string read_session(int32_t place) const;
  void remove_session(int32_t place);
  // Sums the sessions that no request came for, without those that JavaScript must read. False where the sums or the batch of
  // hidden rows are full.
  bool sum_sessions();

  // Reads whole lines of bytes[start, …) up to the first that is not summed. `read` finds the fields of one in `places`.
  template <typename Read>
  TakenRows take(Span bytes, size_t start, const ReaderState& state, FieldPlaces places, Read read) {
    places_ = places;
    is_early_ = false;
    taken_ = {};
    taken_.end = start;
    for (;;) {
      const void* newline = start < bytes.size ? std::memchr(bytes.data + start, '\n', bytes.size - start) : nullptr;
      if (newline == nullptr) break;
      const auto next = static_cast<size_t>(static_cast<const uint8_t*>(newline) - bytes.data);
      const size_t end = next > start && bytes.data[next - 1] == '\r' ? next - 1 : next;
      // Zero bytes stand for rows that a crash destroyed; JavaScript counts these.
      if (end == start || bytes.data[start] == '#' || bytes.data[start] == 0) break;
      std::fill_n(places.written, places.count, uint8_t{0});
      line_ = {bytes.data, end};
      line_start_ = start;
      if (read(line_, start) != LineFault::kNone || !sum(state)) break;
      start = next + 1;
      taken_.end = start;
      ++taken_.count;
    }
    return taken_;
  }

 private:
  struct Connection {
    uint32_t hash = 0;
    const KnownText* client = nullptr;
    const KnownText* server = nullptr;
    int64_t client_port = 0;
    int64_t server_port = 0;
  };

  // A row of a gateway. `server` is null where it is not known.
  struct GatewayRow {
    uint32_t flags = 0;
    int64_t first_us = 0;
    int64_t last_us = 0;
    Connection ends;
    int64_t up = 0;
    int64_t down = 0;
    int64_t packets = 0;
    bool is_unsized = false;  // the bytes of a direction are not logged
    bool has_name = false;
    uint32_t ends_hash = 0;  // 0: nothing joins its rows
    uint32_t name_hash = 0;  // Hash of the connection and its number.
  };

  // Its ends are of IPv4.
  struct KeptSession {
    int32_t place = 0;
    uint32_t client = 0;
    uint32_t server = 0;
    GatewayRow row;
    std::string packed;
  };

  // Each is false for a row that is not summed, of which nothing has been counted.
  bool sum(const ReaderState& state);
  // The same of a row that waited.
  bool sum_early(const WaitingRow& row, const ReaderState& state);
  bool sum_flow(const ReaderState& state);
  bool sum_name(const ReaderState& state);
  bool sum_question(const ReaderState& state);
  bool sum_gateway(const ReaderState& state);
  bool sum_request(const GatewayRow& row);
  // False where JavaScript must make room, or number the client.
  bool note_request(const GatewayRow& row);
  // False for a client without a number, which is then asked for.
  bool has_number(const GatewayRow& row);
  bool sum_session(const GatewayRow& row);
  bool keep_session(const GatewayRow& row);
  // Sums the session that waits in a place, which is free then. False for one that JavaScript must read.
  bool settle_session(int32_t place);
  bool settle(const GatewayRow& row, bool is_named);
  // True where what it hides does not depend on other rows.
  bool hides_alone(const GatewayRow& row) const;
  bool is_ip4(const Connection& ends) const;
  bool read_gateway(GatewayRow* row);
  bool read_gateway_times(GatewayRow* row);
  bool read_gateway_ends(GatewayRow* row);
  // Null for a class that JavaScript must tell first.
  const KnownText* row_class();
  // False where a name may be listed, or where only JavaScript knows whether the row has one.
  bool read_names(bool* has_name);
  // A time with its clock, or as a number.
  bool read_clock(Cell cell, int64_t* us);
  // The address of a cell with one; null in `known` for an absent one.
  bool read_address(Cell cell, Need need, const KnownText** known);
  // Words that stand for an absent value count as 0.
  bool read_sparse_count(Cell cell, int64_t* count);
  // False for a cell with a word that stands for an absent value.
  bool is_logged(Cell cell) const;
  bool is_requested(const GatewayRow& row) const;
  bool total(const GatewayRow& row, bool is_hidden = false);
  void need_line(Need need);
  // Times of a flow.
  bool read_times(int64_t* first_us, int64_t* last_us, int64_t* written_us);
  bool read_written(int64_t* us);
  bool read_connection(Connection* connection);
  // The server comes first, because what is learnt of it ends what was found of another address.
  bool read_ends(Connection* connection);
  // Empty for ends that are not of IPv4.
  std::string read_key(const Connection& connection) const;
  // JavaScript may have a row of the same connection.
  bool reader_may_have(uint32_t hash) const { return tables_.counts[0] > 0 && may_have(tables_.readers, hash); }
  bool is_full() const { return tables_.counts[0] + tables_.counts[1] >= WaitingRows::kMaxRows; }
  bool keep(const std::string& key, uint32_t hash);
  // A cell that is absent counts 0.
  bool read_count(Cell cell, int64_t* count);
  bool read_bytes(Cell first, Cell other, int64_t* bytes);
  bool are_unlisted(Cell answers, uint8_t separator);
  // False for a name that is listed, or that JavaScript must look up first.
  bool is_unlisted(Cell cell);
  bool is_unlisted(Span name);
  bool is_plain(Cell cell) const {
    return has(cell) && places_.written[field(cell)] == static_cast<uint8_t>(Written::kPlain);
  }
  // Null for a text that JavaScript must answer first.
  const KnownText* known(TextKind kind, Cell cell, Need need);
  const KnownText* known_address(Cell cell, Need need);
  // The networks alone decide about an address that has no number of a host.
  KnownText judged_ip4(uint32_t number, Span text) const;
  void set_need(Need need, Span text);

  // False where JavaScript must open the window first.
  bool is_open(int64_t window);
  // `ends`: the addresses of client and server. `counts`: packets, bytes up and down, hellos.
  bool hide(uint16_t kind, const std::array<uint32_t, 2>& ends, int64_t first_us, int64_t latest_us,
            const std::array<int64_t, 4>& counts);
  bool add(int64_t window, int32_t host, int64_t first_us, int64_t last_us, const std::array<double, 6>& counts);
  bool has_name(uint32_t hash) const;
  // False where the table is full.
  bool add_name(uint32_t hash);

  int field(Cell cell) const { return form_->fields[static_cast<size_t>(cell)]; }
  bool has(Cell cell) const;
  // Empty for an absent one.
  Span text(Cell cell) const;

  HostSumColumns sums_;
  double* totals_;
  int64_t window_us_;
  ConnectionTables tables_;
  std::vector<RowForm> forms_;
  size_t max_id_ = 0;
  UnlistedNames unlisted_;
  std::shared_ptr<const Watchlist> listed_;
  KnownTexts texts_;
  KnownIp4 addresses_;
  NetworkList local_;
  NetworkList vendors_;
  bool has_networks_ = false;
  GatewayRules gateway_;
  RequestColumns requests_;
  SessionPlaces sessions_;
  std::unordered_map<uint32_t, KeptSession> kept_;  // Sessions by hash.
  ClockTimes clocks_;
  std::vector<uint8_t> class_key_;
  std::unordered_set<int64_t> windows_;  // that rows have opened
  int64_t last_window_ = -1;
  EventWriter hidden_;
  uint8_t* hidden_batch_ = nullptr;
  size_t hidden_size_ = 0;
  WaitingRows waiting_;
  std::vector<WaitingRow> left_;  // that no name came for, from `next_left_` on
  size_t next_left_ = 0;
  bool is_early_ = false;  // the row that is read waited
  std::vector<int32_t> early_starts_;
  std::vector<int32_t> early_ends_;
  std::vector<uint8_t> early_written_;

  // State of the row that is read.
  FieldPlaces places_;
  Span line_;
  size_t line_start_ = 0;
  const RowForm* form_ = nullptr;
  TakenRows taken_;
};

}  // namespace wiretally
