// Row adds the slices and exchanges of one host and name to sums and bounded lists. src/window/sums.ts completes a row.
#include "row.h"

#include <algorithm>
#include <iterator>

#include "../crypto/digest.h"
#include "texts.h"
#include "unseen.h"

namespace wiretally {

namespace {

// Lists of a row may grow to this multiple of their limits before they are sorted and truncated, because sorting after
// each item is slow.
constexpr size_t kSlack = 8;
// src/model/usage.ts and src/model/ceilings.ts have the same limits.
constexpr size_t kMaxRawExchanges = 256;
constexpr size_t kMaxHelloTimes = 32;
constexpr int64_t kMaxOpenSeconds = 7 * 24 * 3600;
constexpr size_t kMaxServers = 8;
constexpr size_t kMaxServerPorts = 4;
constexpr size_t kMaxCommunityIds = 8;
constexpr size_t kMaxRowMacs = 4;

const char* format_word(NameFrom from) {
  static constexpr const char* kWords[] = {"sni", "proxy", "dns", "network", "host"};
  return kWords[static_cast<size_t>(from)];
}

const char* format_word(ProxyKind kind) {
  static constexpr const char* kWords[] = {"", "connect", "socks4", "socks5", "proxy"};
  return kWords[static_cast<size_t>(kind)];
}

// True if both ends took part, as far as the capture can show it: a ServerHello may be lost or truncated.
bool is_answered(const SliceView& slice) {
  const Flow& flow = slice.flow;
  return slice.is_answered &&
         (flow.hello == nullptr || flow.has(kFlowServerHello) || flow.has(kFlowCutShort) || flow.lost_down > 0);
}

// Sizes of small requests and short answers identify how tools start, and reveal little, so they are exact.
constexpr int64_t kWholeBytes = 4096;
// Steps of all other values. Published attacks on streamed answers need exact sizes and times: docs/privacy.md.
constexpr int64_t kTimeStepMs = 100;
constexpr int64_t kUpStep = 16;
constexpr int64_t kDownStep = 256;
constexpr int64_t kRecordsStep = 8;
// Minimum records of a streamed answer.
constexpr int64_t kStreamRecords = 8;

// Larger than any request, so that hostile records stay within the range of JavaScript numbers.
constexpr uint64_t kMaxExchangeBytes = uint64_t{1} << 53;

// Rounds to the nearest step, so that sums of many requests are unbiased.
int64_t round_to(int64_t value, int64_t step) { return (value + step / 2) / step * step; }
int64_t floor_to(int64_t value, int64_t step) { return value - value % step; }

// Upper bounds of size classes: src/window/sums.ts.
constexpr int64_t kAnswerSizeEdges[] = {256, 512, 1024, 2048};
constexpr int64_t kAnswerRecordEdges[] = {2, 3, 8};
constexpr int64_t kSmallestUpBytes = 512;
constexpr uint32_t kMaxUpClass = 25;
// Multiplier of the upper part of a cell key; there are (3 + 1) * (4 + 1) answer classes.
constexpr uint32_t kMaxAnswerClasses = 32;

uint32_t classify_bytes_up(int64_t bytes_up) {
  if (bytes_up < kSmallestUpBytes) return 0;
  // Squares are compared, so that the bounds between octaves need no logarithm, which could differ between machines.
  const double octaves = static_cast<double>(bytes_up) / static_cast<double>(kSmallestUpBytes);
  const double square = octaves * octaves;
  uint32_t up_class = 1;
  for (double edge = 2; square >= edge && up_class < kMaxUpClass; edge *= 2) ++up_class;
  return up_class;
}

template <size_t kCount>
uint32_t find_class(int64_t value, const int64_t (&edges)[kCount]) {
  uint32_t at = 0;
  while (at < kCount && value >= edges[at]) ++at;
  return at;
}

uint32_t classify_answer(int64_t records_down, int64_t bytes_down) {
  return find_class(records_down, kAnswerRecordEdges) * static_cast<uint32_t>(std::size(kAnswerSizeEdges) + 1) +
         find_class(bytes_down, kAnswerSizeEdges);
}

// Indexes of `numbers` in CoarseExchange.
constexpr size_t kBytesUp = 1;
constexpr size_t kBytesDown = 2;
constexpr size_t kRecordsDown = 4;

// Keeps the earliest kMaxRawExchanges exchanges. The others are added to cells.
void keep_earliest(std::vector<CoarseExchange>* exchanges, std::map<uint32_t, ExchangeCell>* cells) {
  std::sort(exchanges->begin(), exchanges->end(), [](const CoarseExchange& a, const CoarseExchange& b) {
    const auto [x, y] = std::mismatch(std::begin(a.numbers), std::end(a.numbers), std::begin(b.numbers));
    return x == std::end(a.numbers) ? a.flow < b.flow : *x < *y;
  });
  for (size_t i = kMaxRawExchanges; i < exchanges->size(); ++i) {
    const int64_t* numbers = (*exchanges)[i].numbers;
    ExchangeCell& cell = (*cells)[classify_bytes_up(numbers[kBytesUp]) * kMaxAnswerClasses +
                                  classify_answer(numbers[kRecordsDown], numbers[kBytesDown])];
    ++cell.count;
    cell.bytes_up += static_cast<uint64_t>(numbers[kBytesUp]);
    cell.bytes_down += static_cast<uint64_t>(numbers[kBytesDown]);
  }
  exchanges->resize(std::min(exchanges->size(), kMaxRawExchanges));
}

// Keeps the earliest times and the latest one.
void keep_hello_times(std::vector<int64_t>* times) {
  std::sort(times->begin(), times->end());
  times->erase(std::unique(times->begin(), times->end()), times->end());
  if (times->size() <= kMaxHelloTimes) return;
  (*times)[kMaxHelloTimes - 1] = times->back();
  times->resize(kMaxHelloTimes);
}

std::string base64(const uint8_t* bytes, size_t size) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t at = 0; at < size; at += 3) {
    const size_t count = std::min<size_t>(3, size - at);
    uint32_t group = uint32_t{bytes[at]} << 16;
    if (count > 1) group |= uint32_t{bytes[at + 1]} << 8;
    if (count > 2) group |= bytes[at + 2];
    for (size_t i = 0; i < 4; ++i) text.push_back(i > count ? '=' : kDigits[(group >> (18 - 6 * i)) & 63]);
  }
  return text;
}

}  // namespace

IdentityPtr make_identity(const Address& host, std::string name, NameFrom name_from, ProxyKind proxy,
                          std::shared_ptr<const HelloForm> fingerprint, std::string user_agent) {
  auto identity = std::make_shared<RowIdentity>();
  std::string& key = identity->key;
  key = host.text();
  key.push_back('\0');
  key += name;
  key.push_back('\0');
  key += format_word(name_from);
  key.push_back('\0');
  if (fingerprint != nullptr) key += fingerprint->key;
  key.push_back('\0');
  key += format_word(proxy);
  key.push_back('\0');
  key += user_agent;
  identity->host = host;
  identity->name = std::move(name);
  identity->name_from = name_from;
  identity->proxy = proxy;
  identity->fingerprint = std::move(fingerprint);
  identity->user_agent = std::move(user_agent);
  return identity;
}

void Row::add(const SliceView& slice, CountedFlow* counted) {
  const Flow& flow = slice.flow;
  if (counted->is_new(kCountedFlow)) {
    ++flows;
    if (flow.has(kFlowMidFlow)) ++mid_flow;
  }
  if (slice.is_established && counted->is_new(kCountedEstablished)) ++established_flows;
  if (flow.has(kFlowResumed) && counted->is_new(kCountedResumed)) ++resumed_flows;
  if (flow.has(kFlowHttp2) && counted->is_new(kCountedHttp2)) ++http2_flows;
  if (flow.has(kFlowCutShort) && counted->is_new(kCountedCutShort)) ++cut_short_flows;
  if (is_one_way(flow) && counted->is_new(kCountedOneWay)) ++one_way;
  add_proof(slice, counted);
  packets_up += flow.packets_up;
  packets_down += flow.packets_down;
  bytes_up += flow.bytes_up;
  bytes_down += flow.bytes_down;
  payload_up += flow.payload_up;
  payload_down += flow.payload_down;
  lost_up += flow.lost_up;
  lost_down += flow.lost_down;
  if ((flow.logged & kLogged) != 0) {
    ++logged_slices;
    if ((flow.logged & kHasUp) == 0) ++unsized_up;
    if ((flow.logged & kHasDown) == 0) ++unsized_down;
    if ((flow.logged & kLargeLogged) != 0 && counted->is_new(kCountedLarge)) ++large_logged;
  }
  first_us = std::min(first_us, flow.first_us);
  last_us = std::max(last_us, flow.last_us);
}

// Adds evidence. A contradiction revokes the evidence of earlier slices of the flow.
void Row::add_proof(const SliceView& slice, CountedFlow* counted) {
  if (slice.client_mac != 0) add_smallest_number(&macs, slice.client_mac, kMaxRowMacs);
  // The end of a flow may follow its packets. Its evidence counts with them, once per window.
  const bool is_new = counted->answered_in != number;
  if (slice.is_contradicted) {
    const uint32_t own = is_new ? 1 : 0;
    answered_slices += own;
    contradicted_slices += own + counted->answered_slices;
    counted->answered_slices = 0;
    counted->answered_in = number;
  } else if (is_new && is_answered(slice)) {
    ++answered_slices;
    ++counted->answered_slices;
    counted->answered_in = number;
    add_marked(&marked, slice.flow);
  }
}

void Row::note_open_time(const Flow& slice, int64_t window_start_us) {
  if (slice.flow_first_us >= window_start_us) return;
  const int64_t seconds = (window_start_us - slice.flow_first_us) / kSecondUs;
  open_seconds = std::max(open_seconds, std::min(seconds, kMaxOpenSeconds));
}

void Row::add_hello(const Flow& slice) {
  if (slice.hello == nullptr || !slice.holds_hello()) return;
  hello_times_us.push_back(slice.hello_us);
  if (hello_times_us.size() > kSlack * kMaxHelloTimes) keep_hello_times(&hello_times_us);
  const uint64_t bytes = slice.hello_bytes;
  hello_bytes_min = hello_bytes_min == 0 ? bytes : std::min(hello_bytes_min, bytes);
  hello_bytes_max = std::max(hello_bytes_max, bytes);
}

void Row::add(const Exchange& exchange, int64_t window_start_us) {
  const auto [known, is_new] = flow_numbers.try_emplace(exchange.flow_id, static_cast<uint32_t>(flow_numbers.size()));
  first_us = std::min(first_us, exchange.start_us);
  last_us = std::max(last_us, exchange.start_us);
  exchanges.push_back(coarsen(exchange, window_start_us, known->second));
  if (exchanges.size() > kSlack * kMaxRawExchanges) keep_earliest(&exchanges, &cells);
}

void Row::add_server(const Flow& flow) {
  add_smallest_text(&servers, flow.server.text(), kMaxServers);
  add_smallest_number(&server_ports, flow.server_port, kMaxServerPorts);
  add_smallest_text(&community_ids, community_id(flow), kMaxCommunityIds);
}

CoarseExchange coarsen(const Exchange& exchange, int64_t window_start_us, uint32_t flow) {
  const auto bytes_up = static_cast<int64_t>(std::min(exchange.bytes_up, kMaxExchangeBytes));
  const auto bytes_down = static_cast<int64_t>(std::min(exchange.bytes_down, kMaxExchangeBytes));
  const bool is_streamed = exchange.records_down >= kStreamRecords;
  const int64_t up_step = bytes_up < kWholeBytes ? 1 : kUpStep;
  const int64_t down_step = !is_streamed && bytes_down < kWholeBytes ? 1 : kDownStep;
  const int64_t after_us = exchange.start_us - window_start_us;
  const int64_t after_ms = after_us >= 0 ? after_us / 1000 : -((999 - after_us) / 1000);
  return {{
              floor_to(after_ms, kTimeStepMs),
              round_to(bytes_up, up_step),
              floor_to(bytes_down, down_step),
              exchange.records_up,
              is_streamed ? floor_to(exchange.records_down, kRecordsStep) : exchange.records_down,
              round_to(exchange.largest_up, up_step),
              floor_to(exchange.largest_down, down_step),
              floor_to(exchange.first_down, down_step),
              floor_to(exchange.wait_ms, kTimeStepMs),
              floor_to(exchange.answer_ms, kTimeStepMs),
              floor_to(exchange.largest_gap_ms, kTimeStepMs),
              floor_to(exchange.upload_ms, kTimeStepMs),
              exchange.messages_up,
              exchange.flags,
          },
          flow};
}

// Community ID version 1 with seed 0 (github.com/corelight/community-id-spec).
std::string community_id(const Flow& flow) {
  const size_t size = flow.client.size();
  const int order = std::memcmp(flow.client.bytes(), flow.server.bytes(), size);
  const bool is_ordered = order < 0 || (order == 0 && flow.client_port <= flow.server_port);
  const Address& first = is_ordered ? flow.client : flow.server;
  const Address& second = is_ordered ? flow.server : flow.client;
  const uint16_t first_port = is_ordered ? flow.client_port : flow.server_port;
  const uint16_t second_port = is_ordered ? flow.server_port : flow.client_port;
  constexpr uint8_t kSeed[2] = {0, 0};
  const uint8_t tail[6] = {flow.is_tcp ? uint8_t{6} : uint8_t{17}, 0,
                           static_cast<uint8_t>(first_port >> 8),  static_cast<uint8_t>(first_port & 0xff),
                           static_cast<uint8_t>(second_port >> 8), static_cast<uint8_t>(second_port & 0xff)};
  Sha1 hash;
  hash.add(kSeed, sizeof kSeed);
  hash.add(first.bytes(), size);
  hash.add(second.bytes(), size);
  hash.add(tail, sizeof tail);
  uint8_t digest[Sha1::kBytes];
  hash.finish(digest);
  return "1:" + base64(digest, sizeof digest);
}

}  // namespace wiretally
