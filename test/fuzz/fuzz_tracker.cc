// sources: crypto/aes.cc fingerprint/client_hello.cc fingerprint/fingerprint.cc fingerprint/fingerprint_cache.cc fingerprint/ja3.cc fingerprint/ja4.cc flow/exchange.cc flow/hello_assembly.cc flow/interest.cc flow/naming.cc flow/proxy.cc flow/stream_pool.cc flow/stream_records.cc flow/tracker_items.cc flow/tracker_order.cc flow/tracker_pool.cc flow/tracker_records.cc flow/tracker_tcp.cc flow/tracker_tls.cc flow/tracker_udp.cc flow/upgrade.cc wire/aruba_gre.cc wire/ayiya.cc wire/decode.cc wire/dhcp.cc wire/dhcp6.cc wire/dns.cc wire/dns_name.cc wire/dtls.cc wire/gre_ppp.cc wire/gtp.cc wire/ip.cc wire/layer.cc wire/link.cc wire/mdns.cc wire/nbns.cc wire/null_link.cc wire/ppp.cc wire/quic.cc wire/quic_frames.cc wire/quic_handshake.cc wire/quic_keys.cc wire/tags.cc wire/tls.cc wire/tls_message.cc wire/transport.cc wire/tunnel_ip.cc wire/tunnel_udp.cc wire/turn.cc wire/wlan.cc
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
