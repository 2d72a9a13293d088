// Passes every packet of a capture to a Tracker through a plain map instead of the flow table, and prints the
// results: hellos, flows, exchanges, DNS, each as one JSON line. For comparing the tracker with other tools on its own.
// Usage: track_captures [--hello] [--flow] [--exchange] [--dns] [--observation] [--names FILE] FILE...
#include <arpa/inet.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "../../native-bindings/src/base/watchlist.h"
#include "../../native-bindings/src/io/capture_reader.h"
#include "../../native-bindings/src/packet/decode.h"
#include "../../native-bindings/src/stream/tracker.h"

namespace {

using namespace wiretally;

std::string g_file;
std::set<std::string> g_wanted;

std::string address_text(const uint8_t* address, uint8_t version) {
  char buffer[64] = "";
  inet_ntop(version == 4 ? AF_INET : AF_INET6, address, buffer, sizeof buffer);
  return buffer;
}

std::string quoted(const uint8_t* data, size_t size) {
  std::string out = "\"";
  for (size_t i = 0; i < size; ++i) {
    char escape[8];
    if (data[i] < 0x20 || data[i] > 0x7e || data[i] == '"' || data[i] == '\\') {
      snprintf(escape, sizeof escape, "\\u%04x", data[i]);
      out += escape;
    } else {
      out += static_cast<char>(data[i]);
    }
  }
  return out + "\"";
}

std::string hex(const uint8_t* data, size_t size) {
  std::string out;
  char digits[4];
  for (size_t i = 0; i < size; ++i) {
    snprintf(digits, sizeof digits, "%02x", data[i]);
    out += digits;
  }
  return out;
}

class Printer : public EventSink {
 public:
  void emit(RecordType type, uint16_t flags, const void* fixed, size_t, const Span* tails, size_t) override {
    if (type == RecordType::kHello && g_wanted.count("hello"))
      hello(flags, *static_cast<const HelloRecord*>(fixed), tails);
    if (type == RecordType::kExchange && g_wanted.count("exchange"))
      exchange(flags, *static_cast<const ExchangeRecord*>(fixed));
    if (type == RecordType::kDns && g_wanted.count("dns")) dns(flags, *static_cast<const DnsRecord*>(fixed), tails);
    if (type == RecordType::kHostObservation && g_wanted.count("observation")) {
      observation(*static_cast<const HostObservationRecord*>(fixed), tails);
    }
  }

  static void flow(const FlowRecord& r, const Span* tails) {
    static const char* const kProxies[] = {"", "connect", "socks4", "socks5", "proxy"};
    printf(
        "{\"kind\":\"flow\",\"file\":\"%s\",\"id\":%llu,\"first\":%.9f,\"src_ip\":\"%s\",\"src_port\":%u,"
        "\"dst_ip\":\"%s\",\"dst_port\":%u,\"protocol\":%u,\"flags\":%u,\"sni\":%s,\"ja4\":\"%s\",\"ja3_hash\":\"%s\","
        "\"hint\":%u,\"lost_up\":%u,\"lost_down\":%u,\"agent\":%s,\"random\":\"%016llx\",\"proxy\":",
        g_file.c_str(), static_cast<unsigned long long>(r.flow_id), static_cast<double>(r.flow_first_ns) / 1e9,
        address_text(r.client_address, r.ip_version).c_str(), r.client_port,
        address_text(r.server_address, r.ip_version).c_str(), r.server_port, r.protocol, r.header.flags,
        quoted(tails[0].data, tails[0].size).c_str(), r.ja4, hex(r.ja3_md5, 16).c_str(), r.app_hint, r.lost_up,
        r.lost_down, quoted(tails[5].data, tails[5].size).c_str(), static_cast<unsigned long long>(r.hello_hash));
    if (r.proxy_kind == 0) {
      printf("null}\n");
    } else {
      printf("{\"kind\":\"%s\",\"target\":%s}}\n", kProxies[r.proxy_kind],
             quoted(tails[2].data, tails[2].size).c_str());
    }
  }

 private:
  static void hello(uint16_t flags, const HelloRecord& r, const Span* tails) {
    static const char* const kTransports[] = {"", "tcp", "quic", "dtls"};
    printf(
        "{\"file\":\"%s\",\"src_ip\":\"%s\",\"src_port\":%u,\"dst_ip\":\"%s\",\"dst_port\":%u,\"transport\":\"%s\","
        "\"sni\":%s,\"ja3\":%s,\"ja3_hash\":\"%s\",\"ja4\":\"%s\",\"segments\":%u,\"hello_bytes\":%u,\"retry\":%s}\n",
        g_file.c_str(), address_text(r.source_address, r.ip_version).c_str(), r.source_port,
        address_text(r.destination_address, r.ip_version).c_str(), r.destination_port, kTransports[r.transport],
        tails[0].size > 0 ? quoted(tails[0].data, tails[0].size).c_str() : "null",
        quoted(tails[3].data, tails[3].size).c_str(), hex(r.ja3_md5, 16).c_str(), r.ja4, r.segments, r.hello_bytes,
        (flags & kHelloRetry) != 0 ? "true" : "false");
  }

  static void exchange(uint16_t flags, const ExchangeRecord& r) {
    printf(
        "{\"kind\":\"exchange\",\"file\":\"%s\",\"id\":%llu,\"start\":%.6f,\"up\":%llu,\"down\":%llu,\"rup\":%u,"
        "\"rdown\":%u,\"maxup\":%u,\"maxdown\":%u,\"first_down\":%u,\"wait\":%u,\"answer\":%u,\"gap\":%u,"
        "\"upload\":%u,\"messages\":%u,\"flags\":%u}\n",
        g_file.c_str(), static_cast<unsigned long long>(r.flow_id), static_cast<double>(r.start_ns) / 1e9,
        static_cast<unsigned long long>(r.bytes_up), static_cast<unsigned long long>(r.bytes_down), r.records_up,
        r.records_down, r.largest_up, r.largest_down, r.first_down, r.wait_ms, r.answer_ms, r.largest_gap_ms,
        r.upload_ms, r.messages_up, flags);
  }

  static void dns(uint16_t flags, const DnsRecord& r, const Span* tails) {
    printf(
        "{\"kind\":\"dns\",\"file\":\"%s\",\"client\":\"%s\",\"name\":%s,\"type\":%u,\"flags\":%u,\"a\":\"%s\","
        "\"aaaa\":\"%s\",\"cnames\":%s}\n",
        g_file.c_str(), address_text(r.client_address, r.ip_version).c_str(),
        quoted(tails[0].data, tails[0].size).c_str(), r.query_type, flags, hex(tails[2].data, tails[2].size).c_str(),
        hex(tails[3].data, tails[3].size).c_str(), quoted(tails[1].data, tails[1].size).c_str());
  }

  static void observation(const HostObservationRecord& r, const Span* tails) {
    printf("{\"kind\":\"observation\",\"file\":\"%s\",\"address\":\"%s\",\"mac\":\"%s\",\"source\":%u,\"name\":%s}\n",
           g_file.c_str(), address_text(r.address, r.ip_version == 6 ? 6 : 4).c_str(), hex(r.mac, 6).c_str(), r.source,
           quoted(tails[0].data, tails[0].size).c_str());
  }
};

struct Key {
  uint8_t bytes[37];
  bool operator<(const Key& other) const { return memcmp(bytes, other.bytes, sizeof bytes) < 0; }
};

bool is_higher(const Endpoints& ends) {
  const int order = memcmp(ends.source, ends.destination, 16);
  return order > 0 || (order == 0 && ends.source_port > ends.destination_port);
}

Key key_of(const Endpoints& ends) {
  Key key{};
  const bool swap = is_higher(ends);
  memcpy(key.bytes, swap ? ends.destination : ends.source, 16);
  memcpy(key.bytes + 16, swap ? ends.source : ends.destination, 16);
  const uint16_t low = swap ? ends.destination_port : ends.source_port;
  const uint16_t high = swap ? ends.source_port : ends.destination_port;
  memcpy(key.bytes + 32, &low, 2);
  memcpy(key.bytes + 34, &high, 2);
  key.bytes[36] = ends.protocol;
  return key;
}

struct Flow {
  TrackId id = 0;
  uint64_t number = 0;
  bool done = false;
  bool client_is_source_of_key = true;
  bool by_syn = false;
  bool ended = false;
  uint32_t syn = 0;
  FlowRecord record{};
};

class Table {
 public:
  Table(const TrackerOptions& options, const Watchlist* watchlist)
      : tracker_(options, watchlist, &printer_, &counters) {}

  void add(const Packet& p) {
    constexpr uint8_t kSyn = 2, kAck = 16;
    const Key key = key_of(p.ends);
    const bool is_syn = p.ends.protocol == 6 && (p.tcp_flags & (kSyn | kAck)) == kSyn;
    auto found = flows_.find(key);
    if (found != flows_.end() && is_syn &&
        (found->second.ended || !found->second.by_syn || found->second.syn != p.sequence)) {
      end(&found->second);
      flows_.erase(found);
      found = flows_.end();
    }
    if (found == flows_.end()) {
      found = flows_.emplace(key, Flow{}).first;
      begin(&found->second, p, is_syn);
    }
    Flow& flow = found->second;
    const bool from_client = is_higher(p.ends) != flow.client_is_source_of_key;
    if ((p.tcp_flags & 5) != 0) flow.ended = flow.ended || (p.tcp_flags & 4) != 0;
    if (flow.done || (p.payload_bytes == 0 && flow.id == 0)) return;
    ++shown;
    const TrackResult r = tracker_.on_packet(flow.id, flow.number, p, from_client);
    if (r.restart) {
      end(&flow);
      flow = Flow{};
      begin(&flow, p, false);
    }
    flow.id = r.id;
    flow.done = r.done;
    if (r.hello_sender_is_source && !flow.by_syn) set_client(&flow, p);
  }

  void finish() {
    for (auto& [key, flow] : flows_) end(&flow);
    flows_.clear();
  }

  const TrackerStats& stats() const { return tracker_.stats(); }
  Counters counters;
  uint64_t shown = 0;

 private:
  void begin(Flow* flow, const Packet& p, bool is_syn) {
    flow->number = ++number_;
    flow->by_syn = is_syn;
    flow->syn = p.sequence;
    flow->record.flow_first_ns = p.ts_ns;
    flow->record.flow_id = flow->number;
    flow->record.ip_version = p.ends.ip_version;
    flow->record.protocol = p.ends.protocol;
    set_client(flow, p);
    if (p.ends.protocol == 6 && (p.tcp_flags & 18) == 18) {
      Packet answer = p;
      memcpy(answer.ends.source, p.ends.destination, 16);
      memcpy(answer.ends.destination, p.ends.source, 16);
      answer.ends.source_port = p.ends.destination_port;
      answer.ends.destination_port = p.ends.source_port;
      set_client(flow, answer);
    }
  }

  static void set_client(Flow* flow, const Packet& p) {
    flow->client_is_source_of_key = !is_higher(p.ends);
    memcpy(flow->record.client_address, p.ends.source, 16);
    memcpy(flow->record.server_address, p.ends.destination, 16);
    flow->record.client_port = p.ends.source_port;
    flow->record.server_port = p.ends.destination_port;
  }

  void end(Flow* flow) {
    Span tails[kFlowTails];
    tracker_.describe(flow->id, &flow->record, tails);
    if (g_wanted.count("flow")) Printer::flow(flow->record, tails);
    tracker_.release(flow->id, flow->number);
  }

  Printer printer_;
  Tracker tracker_;
  std::map<Key, Flow> flows_;
  uint64_t number_ = 0;
};

void run(const char* path, const Watchlist& watchlist) {
  const char* slash = strrchr(path, '/');
  g_file = slash == nullptr ? path : slash + 1;
  TrackerOptions options;
  options.emit_hellos = options.emit_exchanges = options.emit_observations = true;
  options.dns = TrackerOptions::Dns::kAll;
  Table table(options, &watchlist);
  CaptureReader reader(0);
  if (reader.open_file(path) != 0) {
    fprintf(stderr, "%s: cannot be opened\n", path);
    return;
  }
  FragmentTable fragments;
  Frame frames[64];
  uint64_t packets = 0;
  while (true) {
    size_t count = 0;
    Block* block = nullptr;
    const ReadStatus status = reader.read(frames, 64, &count, &block);
    for (size_t i = 0; i < count; ++i) {
      Packet packet{};
      NonPortInfo other;
      DecodeResult result = decode_frame(frames[i], &packet, &other, &table.counters);
      if (result == DecodeResult::kFragment) result = fragments.add(frames[i], &packet, &other, &table.counters);
      if (result == DecodeResult::kPacket) table.add(packet);
      ++packets;
    }
    if (block != nullptr) CaptureReader::unpin(block);
    if (status != ReadStatus::kFrames) break;
  }
  table.finish();
  fprintf(stderr, "%s: %llu packets, %llu shown, hellos %llu, incomplete %llu, evicted %llu", g_file.c_str(),
          static_cast<unsigned long long>(packets), static_cast<unsigned long long>(table.shown),
          static_cast<unsigned long long>(table.stats().hellos_complete),
          static_cast<unsigned long long>(table.stats().hellos_incomplete),
          static_cast<unsigned long long>(table.stats().assemblies_evicted));
  for (size_t i = 0; i < table.counters.malformed.size(); ++i) {
    if (table.counters.malformed[i] == 0) continue;
    fprintf(stderr, " %s=%llu", malformed_name(i), static_cast<unsigned long long>(table.counters.malformed[i]));
  }
  fprintf(stderr, "\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names;
  std::vector<std::string> ciphers;
  std::vector<std::string> agents{"claude-cli/", "claude-code/"};
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--names" && i + 1 < argc) {
      std::ifstream in(argv[++i]);
      for (std::string line; std::getline(in, line);) names.push_back(line);
    } else if (strncmp(argv[i], "--", 2) == 0) {
      g_wanted.insert(argv[i] + 2);
    }
  }
  const Watchlist watchlist(names, ciphers, agents);
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--names") {
      ++i;
    } else if (strncmp(argv[i], "--", 2) != 0) {
      run(argv[i], watchlist);
    }
  }
  return 0;
}
