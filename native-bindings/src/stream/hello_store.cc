// HelloStore manages the memory of hellos, and writes their records.
#include "hello_store.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "../base/address_text.h"
#include "../base/text.h"
#include "../packet/decode.h"

namespace wiretally {

namespace {

bool lists_http2(Span alpn) {
  Cursor cursor(alpn);
  while (cursor.ok() && !cursor.empty()) {
    const Span name = cursor.take(cursor.u8());
    if (name.size == 2 && name.data[0] == 'h' && name.data[1] == '2') return true;
  }
  return false;
}

size_t write_tunnels(const Packet& packet, char (&text)[256]) {
  size_t length = 0;
  for (unsigned i = 0; i < packet.tunnel_depth && i < kMaxTunnelDepth; ++i) {
    const std::string_view name = encapsulation_name(packet.tunnels[i]);
    if (length + name.size() + 1 > sizeof text) break;
    if (i > 0) text[length++] = '/';
    memcpy(text + length, name.data(), name.size());
    length += name.size();
  }
  return length;
}

Span lower_name(Span name, uint8_t* out, size_t max) {
  const size_t size = std::min(name.size, max);
  for (size_t i = 0; i < size; ++i) {
    const uint8_t c = name.data[i];
    out[i] = c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c + ('a' - 'A')) : c;
  }
  return Span{out, size};
}

HelloTransport transport_of(HelloProtocol protocol) {
  switch (protocol) {
    case HelloProtocol::kQuic: return HelloTransport::kQuic;
    case HelloProtocol::kDtls: return HelloTransport::kDtls;
    default: return HelloTransport::kTcp;
  }
}

void emit_hello(const ClientHello& hello, const Fingerprint& print, Span ja3, uint32_t segments, bool is_retry,
                uint64_t flow_id, const Packet& packet, EventSink* sink) {
  constexpr size_t kMaxSni = 4096;
  uint8_t sni[kMaxSni];
  char tunnels[256];
  HelloRecord record{};
  record.flow_id = flow_id;
  record.ts_ns = packet.ts_ns;
  memcpy(record.source_address, packet.ends.source, sizeof record.source_address);
  memcpy(record.destination_address, packet.ends.destination, sizeof record.destination_address);
  record.source_port = packet.ends.source_port;
  record.destination_port = packet.ends.destination_port;
  record.file_index = packet.file_index;
  record.hello_bytes = hello.bytes;
  record.segments = static_cast<uint16_t>(std::min<uint32_t>(segments, UINT16_MAX));
  record.legacy_version = hello.legacy_version;
  record.ip_version = packet.ends.ip_version;
  record.transport = static_cast<uint8_t>(transport_of(hello.protocol));
  record.ech = static_cast<uint8_t>(hello.ech);
  record.vlan_count = std::min<uint8_t>(packet.vlan_count, kMaxVlans);
  memcpy(record.ja3_md5, print.ja3_md5, sizeof record.ja3_md5);
  memcpy(record.ja4, print.ja4, sizeof record.ja4);
  memcpy(record.family, print.family, sizeof record.family);
  const Span tails[6] = {lower_name(hello.sni, sni, kMaxSni),
                         hello.alpn,
                         hello.supported_versions,
                         ja3,
                         Span{reinterpret_cast<const uint8_t*>(tunnels), write_tunnels(packet, tunnels)},
                         Span{reinterpret_cast<const uint8_t*>(packet.vlans), record.vlan_count * sizeof(uint16_t)}};
  record.sni_length = static_cast<uint16_t>(tails[0].size);
  record.alpn_length = static_cast<uint16_t>(tails[1].size);
  record.versions_length = static_cast<uint16_t>(tails[2].size);
  record.ja3_length = static_cast<uint16_t>(tails[3].size);
  record.tunnel_length = static_cast<uint16_t>(tails[4].size);
  record.vlan_length = static_cast<uint16_t>(tails[5].size);
  sink->emit(RecordType::kHello, static_cast<uint16_t>(is_retry ? kHelloRetry : 0), &record, sizeof record, tails, 6);
}

}  // namespace

uint64_t message_hash(Span message) {
  constexpr uint64_t kFactor = 0xff51afd7ed558ccdull;
  // Four sums are computed at once, because each step waits for the product of the one before it.
  uint64_t hashes[4] = {0x9e3779b97f4a7c15ull ^ message.size, 1, 2, 3};
  const uint8_t* at = message.data;
  size_t left = message.size;
  for (; left >= sizeof hashes; at += sizeof hashes, left -= sizeof hashes) {
    uint64_t words[4];
    memcpy(words, at, sizeof words);
    for (unsigned i = 0; i < 4; ++i) {
      hashes[i] = (hashes[i] ^ words[i]) * kFactor;
      hashes[i] ^= hashes[i] >> 32;
    }
  }
  uint64_t words[4] = {};
  if (left > 0) memcpy(words, at, left);
  uint64_t hash = 0;
  for (unsigned i = 0; i < 4; ++i) {
    hash = (hash ^ hashes[i] ^ words[i]) * kFactor;
    hash ^= hash >> 32;
  }
  return hash == 0 ? 1 : hash;
}

uint64_t random_hash(const uint8_t (&random)[32]) { return message_hash(Span{random, sizeof random}); }

uint32_t text_hash(Span text) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (size_t i = 0; i < text.size; ++i) hash = (hash ^ text.data[i]) * 16777619u;
  return hash;
}

HelloStore::HelloStore(const TrackerOptions& options, const Watchlist* watchlist, EventSink* sink, TrackerStats* stats)
    : emits_hellos_(options.emit_hellos),
      first_hellos_left_(watchlist == nullptr ? 0 : options.first_hellos),
      watchlist_(watchlist),
      sink_(sink),
      stats_(stats),
      of_worker_(options.shards),
      memory_(of_worker_.count),
      parsed_(std::make_unique<ClientHello>()) {}

const ClientHello* HelloStore::read(Span message, HelloProtocol protocol) {
  return parse_client_hello(message, protocol, parsed_.get()) ? parsed_.get() : nullptr;
}

void HelloStore::add(const ClientHello& hello, Span message, FlowFacts* facts, uint64_t flow_id, uint32_t segments,
                     bool is_retry, const Packet& packet) {
  std::shared_ptr<const Fingerprint> print;
  if (!emits_hellos_) {
    print = prints_.find(hello);
    if (first_hellos_left_ > 0 && !is_retry && watchlist_->has_name(hello.sni)) {
      --first_hellos_left_;
      emit_hello(hello, *print, Span{}, segments, is_retry, flow_id, packet, sink_);
    }
  } else {
    Span ja3;
    print = prints_.find(hello, &ja3);
    emit_hello(hello, *print, ja3, segments, is_retry, flow_id, packet, sink_);
  }
  if (!is_retry) ++stats_->hellos_complete;
  FlowFacts& flow = *facts;
  if (flow.hello != nullptr) return;
  KeptHello* kept = keep(hello, static_cast<uint8_t>(of_worker_.place_of(shard_of_number(flow_id))));
  if (kept == nullptr) return;
  flow.hello = kept;
  kept->ts_ns = packet.ts_ns;
  kept->random_hash = random_hash(hello.random);
  kept->message_hash = message_hash(message);
  kept->bytes = hello.bytes;
  kept->segments = static_cast<uint16_t>(std::min<uint32_t>(segments, UINT16_MAX));
  kept->legacy_version = hello.legacy_version;
  kept->ech = hello.ech;
  kept->ech_config_id = hello.ech_config_id;
  kept->protocol = hello.protocol;
  kept->offers_http2 = lists_http2(hello.alpn);
  kept->session_hash = text_hash(hello.session_id);
  kept->print = std::move(print);
  if (hello.protocol == HelloProtocol::kQuic) {
    flow.flags |= kFlowOverQuic;
    flow.hint = AppHint::kQuic;
  } else if (hello.protocol == HelloProtocol::kDtls) {
    flow.flags |= kFlowOverDtls;
    flow.hint = AppHint::kDtls;
  } else {
    flow.hint = AppHint::kTls;
  }
}

void HelloStore::note_other(const ClientHello& hello, FlowFacts* flow) {
  flow->flags |= kFlowContradicted;
  if (hello.sni.size == 0 || hello.sni.size > KeptTexts::kMaxNameBytes) return;
  KeptTexts& texts = flow->own_texts();
  const Span name = lower_name(hello.sni, texts.other_name, sizeof texts.other_name);
  const bool has_dot = name.size > 1 && name.data[name.size - 1] == '.';
  texts.other_name_length = static_cast<uint16_t>(name.size - (has_dot ? 1 : 0));
}

KeptHello* HelloStore::keep(const ClientHello& hello, uint8_t shard) {
  // The HelloRecord has longer names and lists; no resolver accepts a name above 255 bytes (RFC 1035 §2.3.4).
  constexpr size_t kMaxKeptText = 1024;
  size_t sni = hello.sni.size <= kMaxKeptText ? hello.sni.size : 0;
  // Some clients send the dot of the root, which RFC 6066 §3 forbids: both spellings become one name.
  if (sni > 1 && hello.sni.data[sni - 1] == '.') --sni;
  // An address is no name (RFC 6066 §3). The HelloRecord has it as sent.
  uint8_t address[16];
  if (read_address_text(strip_brackets(text_of(Span{hello.sni.data, sni})), address) != 0) sni = 0;
  size_t alpn = hello.alpn.size <= kMaxKeptText ? hello.alpn.size : 0;
  const size_t bytes = sizeof(KeptHello) + sizeof(Fingerprint) + sni + alpn;
  if (memory_[shard] + bytes > of_worker_.part_of(kMaxMemory)) sni = alpn = 0;
  void* memory = take_memory(sizeof(KeptHello) + sni + alpn);
  if (memory == nullptr) return nullptr;
  KeptHello* kept = new (memory) KeptHello{};
  kept->sni_length = static_cast<uint16_t>(sni);
  kept->alpn_length = static_cast<uint16_t>(alpn);
  uint8_t* texts = reinterpret_cast<uint8_t*>(kept + 1);
  for (size_t i = 0; i < sni; ++i) {
    const uint8_t c = hello.sni.data[i];
    texts[i] = c >= 'A' && c <= 'Z' ? static_cast<uint8_t>(c + ('a' - 'A')) : c;
  }
  if (alpn > 0) memcpy(texts + sni, hello.alpn.data, alpn);
  kept->shard = shard;
  memory_[shard] += kept->size();
  return kept;
}

void HelloStore::give_back(FlowFacts* flow) {
  if (flow->hello == nullptr) return;
  KeptHello* hello = std::exchange(flow->hello, nullptr);
  const size_t bytes = hello->block_bytes();
  memory_[hello->shard] -= hello->size();
  hello->~KeptHello();
  give_back_memory(hello, bytes);
}

void* HelloStore::take_memory(size_t bytes) {
  if (bytes > sizeof(Slot)) return std::malloc(bytes);
  if (free_ == nullptr) return &slots_.add();
  return std::exchange(free_, free_->next_free);
}

void HelloStore::give_back_memory(void* memory, size_t bytes) {
  if (bytes > sizeof(Slot)) {
    std::free(memory);
    return;
  }
  Slot* slot = new (memory) Slot;
  slot->next_free = free_;
  free_ = slot;
}

}  // namespace wiretally
