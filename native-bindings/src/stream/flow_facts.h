// FlowFacts has the results from the payload of one flow, for the lifetime of the flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../base/event.h"
#include "../base/watchlist.h"
#include "../fingerprint/client_hello.h"
#include "../packet/packet.h"
#include "../protocol/proxy.h"
#include "clear_text.h"
#include "service/service_talk.h"
#include "tcp/tls_sampler.h"

namespace wiretally {

// Results of a hello for the records of its flow; the texts follow in the same allocation.
struct KeptHello {
  int64_t ts_ns;
  uint64_t random_hash;
  uint64_t message_hash;
  uint32_t bytes;
  uint16_t segments;
  uint16_t legacy_version;
  uint16_t sni_length;
  uint16_t alpn_length;
  Ech ech;
  uint8_t ech_config_id;
  HelloProtocol protocol;
  bool offers_http2;
  uint8_t shard;  // of those of the store
  uint32_t session_hash;
  std::shared_ptr<const Fingerprint> print;  // shared by hellos whose form FingerprintCache knew

  const uint8_t* texts() const { return reinterpret_cast<const uint8_t*>(this + 1); }
  Span sni() const { return Span{texts(), sni_length}; }
  Span alpn() const { return Span{texts() + sni_length, alpn_length}; }
  // Returns the bytes of its memory, including the texts behind it.
  size_t block_bytes() const { return sizeof(KeptHello) + sni_length + alpn_length; }
  // Includes the fingerprint, although other hellos may share it.
  size_t size() const { return block_bytes() + sizeof(Fingerprint); }
};

// Rare texts of a flow: clear text that the client sent before or instead of a hello, and the name in a second hello.
struct KeptTexts {
  static constexpr size_t kMaxNameBytes = 255;  // RFC 1035 §2.3.4
  ProxyTarget proxy;
  uint16_t other_name_length = 0;
  uint8_t other_name[kMaxNameBytes] = {};  // of a hello that contradicts the first
  uint16_t agent_length = 0;
  char agent[Watchlist::kMaxAgentBytes] = {};
};

// Each packet of a tracked flow reads it, so it fits into one cache line.
struct alignas(64) FlowFacts {
  KeptHello* hello = nullptr;  // of the HelloStore
  std::unique_ptr<KeptTexts> texts;
  std::unique_ptr<ServiceTalk> talk;  // of clear-text HTTP
  std::unique_ptr<ClearText> text;    // followed to its end
  uint32_t track = 0;                 // payload state, 0 = none (any more); the next free slot while this one is free
  uint32_t lost[2] = {0, 0};          // bytes missing in this slice, by side
  uint16_t flags = 0;                 // FlowFlags
  ProxyKind proxy_kind = ProxyKind::kNone;
  AppHint hint = AppHint::kUnknown;
  uint8_t client_side = 0;  // the side that sent the hello
  bool is_used = false;
  TlsSampler form;

  KeptTexts& own_texts() {
    if (!texts) texts = std::make_unique<KeptTexts>();
    return *texts;
  }
};

static_assert(sizeof(FlowFacts) == 64);

// Returns which endpoint of its pair sent a packet: 1 for the higher one. The result is the same for both directions of
// a flow, whichever end is its client.
unsigned side_of(const Endpoints& ends);

}  // namespace wiretally
