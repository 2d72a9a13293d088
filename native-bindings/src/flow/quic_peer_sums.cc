// QuicPeerSums: stores times by client, server, port and window.
#include "quic_peer_sums.h"

#include <algorithm>
#include <cstring>

namespace wiretally {

void QuicPeerSums::add(const FlowRecord& slice, uint32_t window, EventSink* sink) {
  if ((slice.header.flags & kFlowOverQuic) == 0) return;
  const uint64_t ends = hash_words({load_u64(slice.client_address), load_u64(slice.client_address + 8),
                                    load_u64(slice.server_address), load_u64(slice.server_address + 8)},
                                   secret_);
  const uint64_t hash = hash_words({ends, window, slice.server_port, slice.ip_version}, secret_);
  Entry* const existing = table_.find(hash, [&](const Entry& entry) {
    const QuicPeersRecord& peers = entry.peers;
    return entry.window == window && peers.server_port == slice.server_port && peers.ip_version == slice.ip_version &&
           std::memcmp(peers.client_address, slice.client_address, sizeof peers.client_address) == 0 &&
           std::memcmp(peers.server_address, slice.server_address, sizeof peers.server_address) == 0;
  });
  if (existing != nullptr) {
    existing->peers.first_ns = std::min(existing->peers.first_ns, slice.first_ns);
    existing->peers.last_ns = std::max(existing->peers.last_ns, slice.last_ns);
    return;
  }
  if (table_.is_full()) flush(sink);
  QuicPeersRecord peers{};
  peers.first_ns = slice.first_ns;
  peers.last_ns = slice.last_ns;
  std::memcpy(peers.client_address, slice.client_address, sizeof peers.client_address);
  std::memcpy(peers.server_address, slice.server_address, sizeof peers.server_address);
  peers.server_port = slice.server_port;
  peers.ip_version = slice.ip_version;
  table_.add(hash, Entry{window, peers});
}

void QuicPeerSums::flush(EventSink* sink) {
  for (const Entry& entry : table_.entries()) {
    sink->emit(RecordType::kQuicPeers, 0, &entry.peers, sizeof entry.peers, nullptr, 0);
  }
  table_.clear();
}

}  // namespace wiretally
