// sources: base/interest.cc crypto/aes.cc fingerprint/client_hello.cc fingerprint/fingerprint.cc fingerprint/fingerprint_cache.cc fingerprint/ja3.cc fingerprint/ja4.cc packet/aruba_gre.cc packet/ayiya.cc packet/decode.cc packet/gre_ppp.cc packet/gtp.cc packet/ip.cc packet/layer.cc packet/link.cc packet/null_link.cc packet/ppp.cc packet/tags.cc packet/transport.cc packet/tunnel_ip.cc packet/tunnel_udp.cc packet/wlan.cc protocol/dhcp.cc protocol/dhcp6.cc protocol/dns.cc protocol/dns_name.cc protocol/dtls.cc protocol/mdns.cc protocol/nbns.cc protocol/proxy.cc protocol/quic.cc protocol/quic_frames.cc protocol/quic_handshake.cc protocol/quic_keys.cc protocol/tls.cc protocol/tls_message.cc protocol/turn.cc stream/datagram_observer.cc stream/dns_observer.cc stream/exchange.cc stream/exchange_follower.cc stream/fact_store.cc stream/flow_facts.cc stream/hello_assembly.cc stream/hello_store.cc stream/naming.cc stream/segment_order.cc stream/stream_items.cc stream/stream_pool.cc stream/stream_probe.cc stream/stream_reader.cc stream/stream_records.cc stream/tcp_observer.cc stream/tls_observer.cc stream/tls_records.cc stream/track_store.cc stream/tracker.cc stream/upgrade.cc
// libs: -lcrypto
// Fuzzes the tracker with packets of four flows, in pools so small that everything is evicted all the time.
#include "../cost.h"
#include "scripted_flows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, cost::kStepsPerByte, 10'000);
  using namespace wiretally;
  static const InterestSet interest({"api.anthropic.com", ".ai.example"}, {}, {"claude-cli/"});
  scripted::Sink sink;
  Counters counters;
  TrackerOptions options;
  options.emit_hellos = options.emit_exchanges = options.emit_sightings = true;
  options.dns = TrackerOptions::Dns::kAll;
  options.max_tracked = 16;
  options.assembly_bytes = 16 * 1024;
  Tracker tracker(options, &interest, &sink, &counters);
  scripted::Script script{Cursor(data, size)};
  while (script.step(&tracker)) {
  }
  script.finish(&tracker);
  return 0;
}
