// Proxies, upgrades and clear-text clients before a hello, and UDP: stored facts of the tracker.
#include "../../native-bindings/src/protocol/proxy.h"

#include <doctest/doctest.h>

#include <functional>

#include "../../native-bindings/src/protocol/http2_connect.h"
#include "quic_builder.h"
#include "tracked_flow.h"

namespace {

using namespace tracked;

constexpr const char* kName = "www.example.org";

Bytes text(const std::string& of) { return Bytes(of.begin(), of.end()); }

Bytes proxy2(uint8_t command, uint8_t family, const Bytes& addresses) {
  Bytes out = bytes::hex("0d0a0d0a000d0a515549540a");
  out.push_back(command);
  out.push_back(family);
  bytes::add_counted(&out, addresses, 2);
  return out;
}

Bytes http2_frame(uint8_t type, uint8_t flags, const Bytes& payload) {
  Bytes out;
  bytes::add_counted(&out, payload, 3);
  out.insert(out.begin() + 3, {type, flags, 0, 0, 0, 1});
  return out;
}

// The start of HTTP/2 in clear with these fields of its first request.
Bytes http2_request(const Bytes& fields, uint8_t flags = 4) {
  const Bytes settings = bytes::hex("00000c 04 00 00000000 000300000064 000400a00000");
  return join({text(std::string(kHttp2Preface)), settings, http2_frame(8, 0, bytes::hex("3e7f0001")),
               http2_frame(1, flags, fields)});
}

struct ProxyCase {
  const char* what;
  std::vector<Bytes> up;  // one after the other, the server answers between
  ProxyKind kind;
  const char* target;
};

std::vector<ProxyCase> proxy_cases() {
  return {
      {"CONNECT",
       {text("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n")},
       ProxyKind::kConnect,
       "api.example.com:443"},
      {"CONNECT with a path behind", {text("CONNECT mail:25 / HTTP/1.0\r\n\r\n")}, ProxyKind::kConnect, "mail:25"},
      {"CONNECT, absolute form", {text("CONNECT https://user@abc/x HTTP/1.1\r\n\r\n")}, ProxyKind::kConnect, "abc:443"},
      {"CONNECT to IPv6",
       {text("CONNECT [2001:db8::1]:8443 HTTP/1.1\r\n\r\n")},
       ProxyKind::kConnect,
       "[2001:db8::1]:8443"},
      {"CONNECT twice, as after 407",
       {text("CONNECT abc:443 HTTP/1.1\r\n\r\n"), text("CONNECT abc:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n")},
       ProxyKind::kConnect,
       "abc:443"},
      {"SOCKS 4", {bytes::hex("040101bb5db8d87700")}, ProxyKind::kSocks4, "93.184.216.119:443"},
      {"SOCKS 4 with a user", {bytes::hex("040101bb5db8d87775736572 00")}, ProxyKind::kSocks4, "93.184.216.119:443"},
      {"SOCKS 4a", {bytes::hex("040101bb0000000100 61622e6300")}, ProxyKind::kSocks4, "ab.c:443"},
      {"SOCKS 5 by name",
       {bytes::hex("050100"), bytes::hex("0501000304 61622e63 01bb")},
       ProxyKind::kSocks5,
       "ab.c:443"},
      {"SOCKS 5 by address",
       {bytes::hex("05020002"), bytes::hex("050100015db8d87701bb")},
       ProxyKind::kSocks5,
       "93.184.216.119:443"},
      {"SOCKS 5 by IPv6",
       {bytes::hex("050100"), bytes::hex("05010004 20010db8000000000000000000000001 01bb")},
       ProxyKind::kSocks5,
       "[2001:db8::1]:443"},
      {"SOCKS 5 with a login",
       {bytes::hex("050102"), bytes::hex("0102 7573 03 707764"), bytes::hex("0501000302 6162 0050")},
       ProxyKind::kSocks5,
       "ab:80"},
      {"SOCKS 5, joined behind the greeting", {bytes::hex("0501000302 6162 0050")}, ProxyKind::kSocks5, "ab:80"},
      {"CONNECT in HTTP/2",
       {http2_request(join({{0x42, 7}, text("CONNECT"), {0x41, 10}, text("ab.org:443")}))},
       ProxyKind::kConnect,
       "ab.org:443"},
      // RFC 7541 appendix B, as nghttp2 writes it.
      {"CONNECT in HTTP/2, compressed",
       {http2_request(bytes::hex("3fe11f 0287bdab4e9c17b7ff 018ff1e3c2e5f23a6ba0ab90f4dc69a67f 7a0178"))},
       ProxyKind::kConnect,
       "www.example.com:443"},
      {"CONNECT in HTTP/2, padded and never indexed",
       {http2_request(join({{1, 0, 0, 0, 0, 7, 0x10, 7},
                            text(":method"),
                            {7},
                            text("CONNECT"),
                            {0x10, 10},
                            text(":authority"),
                            {6},
                            text("ab.c:1"),
                            {0}}),
                      0x2c)},
       ProxyKind::kConnect,
       "ab.c:1"},
      {"a request in HTTP/2", {http2_request(join({{0x83, 0x86, 0x84, 0x41, 1}, text("a")}))}, ProxyKind::kNone, ""},
      {"PROXY 1", {text("PROXY TCP4 10.0.0.9 192.0.2.1 51000 8443\r\n")}, ProxyKind::kProxyProtocol, "192.0.2.1:8443"},
      {"PROXY 1 over IPv6",
       {text("PROXY TCP6 2001:db8::9 2001:db8::1 51000 443\r\n")},
       ProxyKind::kProxyProtocol,
       "[2001:db8::1]:443"},
      {"PROXY 1 UNKNOWN", {text("PROXY UNKNOWN\r\n")}, ProxyKind::kNone, ""},
      {"PROXY 2",
       {proxy2(0x21, 0x11, bytes::hex("0a000009c0000201c73820fb"))},
       ProxyKind::kProxyProtocol,
       "192.0.2.1:8443"},
      {"PROXY 2 LOCAL", {proxy2(0x20, 0x00, {})}, ProxyKind::kNone, ""},
      {"PROXY 1, then CONNECT",
       {text("PROXY TCP4 10.0.0.9 192.0.2.1 51000 3128\r\nCONNECT abc:443 HTTP/1.1\r\n\r\n")},
       ProxyKind::kConnect,
       "abc:443"},
      {"SMTP", {text("EHLO me\r\n"), text("STARTTLS\r\n")}, ProxyKind::kNone, ""},
      {"IMAP", {text("a1 CAPABILITY\r\n"), text("a2 STARTTLS\r\n")}, ProxyKind::kNone, ""},
      {"PostgreSQL", {bytes::hex("0000000804d2162f")}, ProxyKind::kNone, ""},
      {"LDAP", {bytes::hex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")}, ProxyKind::kNone, ""},
      {"RDP", {bytes::hex("030000130ee000000000000100080003000000")}, ProxyKind::kNone, ""},
      {"XMPP", {text("<stream:stream to='x'>"), text("<starttls/>")}, ProxyKind::kNone, ""},
      {"plain HTTP before", {text("GET /upgrade HTTP/1.1\r\nHost: a\r\n\r\n")}, ProxyKind::kNone, ""},
  };
}

// `step`: bytes per segment; 0: unchanged.
void expect_behind(const ProxyCase& c, size_t step, bool in_one_segment) {
  Bench bench;
  Flow flow(&bench);
  Bytes pending;
  const Bytes hello = hello_stream(kName, 200);
  const auto send = [&](const Bytes& data) {
    if (in_one_segment) {
      bytes::add(&pending, data);
      return;
    }
    for (size_t at = 0; at < data.size(); at += step == 0 ? data.size() : step) {
      flow.up(part(data, at, std::min(data.size(), step == 0 ? data.size() : at + step)));
    }
  };
  for (const Bytes& data : c.up) {
    send(data);
    if (!in_one_segment) flow.down_text("some answer\r\n");
  }
  send(hello);
  if (in_one_segment) flow.up(pending);
  const Described seen = flow.end();
  const bool ok = seen.sni == kName && seen.record.proxy_kind == static_cast<uint8_t>(c.kind) && seen.proxy == c.target;
  INFO(c.what, ", step ", step, ": ", seen.sni, " via ", seen.proxy);
  CHECK(ok);
}

TEST_CASE("finds hellos behind proxies and upgrades") {
  for (const ProxyCase& c : proxy_cases()) {
    expect_behind(c, 0, false);
    const bool is_half = std::string(c.what).find("joined") != std::string::npos;
    if (is_half) continue;  // recognizable only as a separate segment
    expect_behind(c, 7, false);
    if (c.kind != ProxyKind::kNone && c.up.size() == 1) expect_behind(c, 0, true);
    if (c.kind != ProxyKind::kNone) expect_behind(c, 1, false);
  }
}

TEST_CASE("knows a SOCKS proxy whose target was not read") {
  const auto socks5 = static_cast<uint8_t>(ProxyKind::kSocks5);
  const auto seen_of = [](const std::vector<Bytes>& up, const Bytes& down) {
    Bench bench;
    Flow flow(&bench);
    flow.up(up[0]);
    flow.down(down);
    for (size_t i = 1; i < up.size(); ++i) flow.up(up[i]);
    return flow.end();
  };
  const Bytes gssapi = bytes::hex("0101 0003 616263");
  CHECK_EQ(seen_of({bytes::hex("050101"), gssapi}, bytes::hex("0501")).record.proxy_kind, socks5);
  CHECK_EQ(seen_of({bytes::hex("050100"), bytes::hex("05020001 00000000 0000")}, bytes::hex("0500")).record.proxy_kind,
           socks5);
  CHECK_EQ(seen_of({bytes::hex("040201bb5db8d87700")}, bytes::hex("005a 0000 00000000")).record.proxy_kind,
           static_cast<uint8_t>(ProxyKind::kSocks4));
  const Described named = seen_of({bytes::hex("050100"), bytes::hex("0501000304 61622e63 01bb")}, bytes::hex("0500"));
  CHECK_EQ(named.proxy, "ab.c:443");
  CHECK_EQ(seen_of({bytes::hex("050100")}, bytes::hex("05ff")).record.proxy_kind, 0);
  CHECK_EQ(seen_of({bytes::hex("050100")}, bytes::hex("0500 0000")).record.proxy_kind, 0);
}

TEST_CASE("reads every prefix of a request") {
  using Reader = std::function<Progress(Span, size_t*, ProxyTarget*)>;
  const struct {
    Reader read;
    Bytes whole;
  } readers[] = {
      {read_connect, text("CONNECT a:1 HTTP/1.1\r\n")},
      {read_socks4, bytes::hex("040101bb0000000100 61622e6300")},
      {[](Span s, size_t* n, ProxyTarget*) { return read_socks5_greeting(s, n); }, bytes::hex("05020002")},
      {[](Span s, size_t* n, ProxyTarget*) { return read_socks5_login(s, n); }, bytes::hex("0102 7573 03 707764")},
      {read_socks5_request, bytes::hex("0501000302 6162 0050")},
      {read_http2_connect, http2_request(join({{0x42, 7}, text("CONNECT"), {0x41, 3}, text("a:1")}))},
      {read_proxy_header, text("PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\n")},
      {read_proxy_header, proxy2(0x21, 0x11, bytes::hex("0a000009c0000201c73820fb"))},
  };
  for (const auto& reader : readers) {
    const Bytes& whole = reader.whole;
    for (size_t size = 1; size <= whole.size(); ++size) {
      const bytes::Prefix prefix(whole, size);
      size_t consumed = 0;
      ProxyTarget target;
      const Progress progress = reader.read(prefix.span(), &consumed, &target);
      CHECK(progress == (size == whole.size() ? Progress::kDone : Progress::kMore));
      if (progress == Progress::kDone) CHECK_EQ(consumed, whole.size());
    }
  }
}

TEST_CASE("reads each reply of a SOCKS proxy, and no prefix of it") {
  struct Reply {
    Progress (*read)(Span, uint8_t*);
    const char* text;
    int code;  // -1: no reply
  };
  const Reply replies[] = {
      {read_socks5_method, "0500", 0},
      {read_socks5_method, "05ff", kSocksNoMethod},
      {read_socks5_method, "0400", -1},
      {read_socks5_login_reply, "0100", 0},
      {read_socks5_login_reply, "0101", 1},
      {read_socks5_login_reply, "0500", -1},
      {read_socks5_reply, "05000001 0a000001 0438", 0},
      {read_socks5_reply, "05010001 00000000 0000", 1},
      {read_socks5_reply, "05080003 02 6162 0000", 8},
      {read_socks5_reply, "05040004 20010db8000000000000000000000001 0000", 4},
      {read_socks5_reply, "05090001 00000000 0000", -1},
      {read_socks5_reply, "05020101 00000000 0000", -1},
      {read_socks5_reply, "05020002 00000000 0000", -1},
      {read_socks4_reply, "005a 0000 00000000", 90},
      {read_socks4_reply, "005d 01bb 0a000001", 93},
      {read_socks4_reply, "045b 0000 00000000", -1},
      {read_socks4_reply, "005e 0000 00000000", -1},
      {read_socks4_reply, "0059 0000 00000000", -1},
  };
  for (const Reply& reply : replies) {
    CAPTURE(reply.text);
    const Bytes whole = bytes::hex(reply.text);
    for (size_t size = 0; size < whole.size(); ++size) {
      const bytes::Prefix prefix(whole, size);
      uint8_t code = 0;
      CHECK((reply.read(prefix.span(), &code) != Progress::kDone));
    }
    uint8_t code = 0;
    const Progress progress = reply.read(bytes::span(whole), &code);
    CHECK((progress == (reply.code < 0 ? Progress::kNo : Progress::kDone)));
    if (reply.code >= 0) CHECK_EQ(code, reply.code);
  }
}

TEST_CASE("refuses what is no request") {
  const auto read = [](const Bytes& data, auto reader) {
    size_t consumed = 0;
    ProxyTarget target;
    return reader(bytes::span(data), &consumed, &target);
  };
  CHECK(read(text("CONNECTION x\r\n"), read_connect) == Progress::kNo);
  CHECK(read(text("CONNECT " + std::string(3000, 'a')), read_connect) == Progress::kNo);
  CHECK(read(text("CONNECT a:1\r\n"), read_connect) == Progress::kNo);
  CHECK(read(bytes::hex("0403"), read_socks4) == Progress::kNo);
  CHECK(read(join({bytes::hex("040101bb5db8d877"), Bytes(300, 'a')}), read_socks4) == Progress::kNo);
  CHECK(read(bytes::hex("05010102"), read_socks5_request) == Progress::kNo);
  CHECK(read(bytes::hex("05010002"), read_socks5_request) == Progress::kNo);
  CHECK(read(http2_request(join({{0x42, 3}, text("PUT"), {0x41, 3}, text("a:1")})), read_http2_connect) ==
        Progress::kNo);
  CHECK(read(http2_request({0x7f, 0xff, 0xff, 0xff, 0xff, 1}), read_http2_connect) == Progress::kNo);
  CHECK(read(http2_request({0}, 8), read_http2_connect) == Progress::kNo);
  CHECK(read(join({text(std::string(kHttp2Preface)), {0, 255, 255, 4, 0, 0, 0, 0, 0}}), read_http2_connect) ==
        Progress::kNo);
  CHECK(read(text("PROXY TCP4 1.2.3.4 1.2.3.5 1 99999\r\n"), read_proxy_header) == Progress::kDone);
  CHECK(read(text("PROXY TCP4 1.2.3.4 1.2.3.5 1 x\r\n"), read_proxy_header) == Progress::kNo);
  CHECK(read(text("PROXY " + std::string(200, 'a')), read_proxy_header) == Progress::kNo);
}

TEST_CASE("keeps the product of a clear text client") {
  for (const size_t step : {size_t{0}, size_t{5}}) {
    Bench bench;
    Flow flow(&bench);
    const Bytes request = text("POST /v1 HTTP/1.1\r\nHost: relay\r\nuser-agent: claude-cli/2.1 (x)\r\n\r\n{}");
    if (step == 0) flow.up(request);
    for (size_t at = 0; step != 0 && at < request.size(); at += step) {
      flow.up(part(request, at, std::min(at + step, request.size())));
    }
    flow.down_text("HTTP/1.1 200 OK\r\n\r\n");
    flow.down_text("data: 1\r\n\r\n");
    flow.up_text("POST /v1 HTTP/1.1\r\n\r\n");
    const Described seen = flow.end();
    CHECK_EQ(seen.agent, "claude-cli/2.1");
    CHECK_EQ(seen.sni, "");
    CHECK_EQ(bench.sink.exchanges.size(), 2u);
    if (bench.sink.exchanges.size() != 2) continue;
    CHECK_EQ(bench.sink.exchanges[0].record.bytes_up, request.size());
    CHECK_EQ(bench.sink.exchanges[0].record.bytes_down, 30u);
    CHECK_EQ(bench.sink.exchanges[0].record.records_down, 2u);
    CHECK((bench.sink.exchanges[0].flags & kExchangePlain) != 0);
  }
  Bench bench;
  Flow other(&bench);
  other.up_text("GET / HTTP/1.1\r\nUser-Agent: curl/8.0\r\n\r\n");
  const Described seen = other.end();
  CHECK_EQ(seen.agent, "");
  CHECK_EQ(bench.sink.exchanges.size(), 0u);
}

// Bytes as of a cipher; the same in each run.
Bytes random_bytes(size_t size, uint64_t seed = 1) {
  Bytes bytes(size);
  uint64_t state = seed * 0x9e3779b97f4a7c15u;
  for (uint8_t& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<uint8_t>(state >> 32);
  }
  return bytes;
}

Bytes quic_datagram(const std::string& name, const Bytes& dcid, size_t from, size_t to, uint32_t number) {
  HelloBuilder hello;
  hello.random = Bytes(32, dcid[0]);
  hello.sni(name).versions({0x0304}).alpn({{'h', '3'}}).extension(21, Bytes(1500));
  const Bytes message = hello.build();
  quic::Initial initial;
  initial.dcid = dcid;
  initial.scid = {1, 2, 3, dcid[0]};
  initial.number = number;
  initial.frames = quic::crypto_frame(message, from, std::min(to, message.size()));
  return initial.seal();
}

TEST_CASE("follows quic connections on one pair of ports") {
  Bench bench;
  Flow flow(&bench, 40000, 443, 17);
  const Bytes one = bytes::hex("a1a2a3a4a5a6a7a8");
  const Bytes two = bytes::hex("b1b2b3b4b5b6b7b8");
  flow.up(quic_datagram("api.example.com", one, 800, 9999, 1));
  CHECK_EQ(flow.found, 0);
  flow.up(quic_datagram("api.example.com", one, 0, 800, 0));
  CHECK_EQ(flow.found, 1);
  flow.up(Bytes(1200, 0x41));
  flow.down(Bytes(1200, 0x42));
  flow.wait_ms(5);
  flow.down(Bytes(900, 0x42));
  CHECK(!flow.done);
  flow.up(quic_datagram("second.example", two, 0, 800, 0));
  CHECK_EQ(flow.restarted.size(), 1u);
  flow.up(quic_datagram("second.example", two, 800, 9999, 1));
  const Described last = flow.end();
  CHECK_EQ(last.sni, "second.example");
  CHECK_EQ(bench.tracker.stats().hellos_complete, 2u);
  if (flow.restarted.size() != 1) return;
  CHECK_EQ(flow.restarted[0].sni, "api.example.com");
  CHECK((flow.restarted[0].record.header.flags & (kFlowOverQuic | kFlowEstablished)) != 0);
  CHECK_EQ(flow.restarted[0].record.hello_segments, 2);
  CHECK_EQ(bench.sink.exchanges.size(), 1u);
  if (bench.sink.exchanges.empty()) return;
  CHECK((bench.sink.exchanges[0].flags & kExchangeByPackets) != 0);
  CHECK_EQ(bench.sink.exchanges[0].record.records_down, 2u);
}

TEST_CASE("reads the header of each datagram that SOCKS 5 relays, and no prefix of it") {
  struct Case {
    const char* header;
    const char* target;  // empty: no such header
  };
  const Case cases[] = {
      {"00000001 5db8d877 01bb", "93.184.216.119:443"},
      {"00000003 04 61622e63 01bb", "ab.c:443"},
      {"00000004 20010db8000000000000000000000001 0035", "[2001:db8::1]:53"},
      {"00000101 5db8d877 01bb", ""},  // a part
      {"00010001 5db8d877 01bb", ""},
      {"00000002 5db8d877 01bb", ""},
      {"00000001 00000000 01bb", ""},
      {"00000001 5db8d877 0000", ""},
      {"00000003 00 01bb", ""},
      {"00000003 03 610162 01bb", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.header);
    const Bytes header = bytes::hex(one.header);
    for (size_t size = 0; size <= header.size(); ++size) {
      const bytes::Prefix prefix(header, size);
      size_t consumed = 0;
      ProxyTarget target;
      const bool is_read = read_socks5_datagram(prefix.span(), &consumed, &target);
      CHECK_EQ(is_read, one.target[0] != '\0' && size == header.size());
      if (!is_read) continue;
      CHECK_EQ(consumed, size);
      CHECK_EQ(bytes::text(target.span()), one.target);
    }
  }
}

TEST_CASE("finds the target and the hello of datagrams that SOCKS 5 relays") {
  Bench bench;
  const Bytes by_name = bytes::hex("00000003 04 61622e63 01bb");
  const Bytes by_address = bytes::hex("00000001 5db8d877 01bb");
  const Bytes one = bytes::hex("a1a2a3a4a5a6a7a8");
  const auto socks = static_cast<uint8_t>(ProxyKind::kSocks5);
  Flow quic(&bench, 40000, 1080, 17);
  quic.up(join({by_address, quic_datagram("api.example.com", one, 800, 9999, 1)}));
  quic.up(join({by_address, quic_datagram("api.example.com", one, 0, 800, 0)}));
  CHECK_EQ(quic.found, 1);
  quic.down(join({by_address, Bytes(200, 0x41)}));
  const Described described = quic.end();
  CHECK_EQ(described.sni, "api.example.com");
  CHECK_EQ(described.record.proxy_kind, socks);
  CHECK_EQ(described.proxy, "93.184.216.119:443");

  Flow other(&bench, 40001, 1080, 17);
  other.up(join({by_name, random_bytes(80)}));
  const Described named = other.end();
  CHECK_EQ(named.record.proxy_kind, socks);
  CHECK_EQ(named.proxy, "ab.c:443");

  // Other protocols begin like the header with an address, such as H.264: a zero, a start code, a header.
  Flow video(&bench, 40002, 5000, 17);
  video.up(bytes::hex("00000001 6742c01e dd00 a0"));
  video.down(random_bytes(80));
  video.up(bytes::hex("00000001 6742c01e dd00 a0"));
  CHECK_EQ(video.end().record.proxy_kind, 0);
}

AppHint hint_of_stream(Bench* bench, const Bytes& first, bool with_syn = true) {
  Flow flow(bench, 40000, 8388);
  flow.has_syn = with_syn;
  flow.up(first);
  return static_cast<AppHint>(flow.end().record.app_hint);
}

TEST_CASE("tells a stream that is encrypted from its first byte") {
  Bench bench;
  uint32_t found = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    if (hint_of_stream(&bench, random_bytes(32 + seed * 7, seed)) == AppHint::kEncrypted) ++found;
  }
  CHECK(found >= 180);
  CHECK(hint_of_stream(&bench, random_bytes(31)) == AppHint::kUnknown);
  CHECK(hint_of_stream(&bench, random_bytes(400), false) == AppHint::kUnknown);
  const Bytes noise = random_bytes(400);
  for (const Bytes& head : {bytes::hex("0000002a00030000"), bytes::hex("00000045fe534d4240000000"), Bytes(40, 'a'),
                            bytes::hex("504b03041400000008000000"), Bytes(128, 0xff)}) {
    CHECK(hint_of_stream(&bench, join({head, noise})) == AppHint::kUnknown);
  }
}

TEST_CASE("lets other datagrams go") {
  Bench bench;
  const auto hint = [&](uint16_t server_port, const Bytes& datagram) {
    Flow flow(&bench, 40000, server_port, 17);
    flow.up(datagram);
    CHECK(flow.done);
    return flow.end().record.app_hint;
  };
  Bytes wireguard(148);
  wireguard[0] = 1;
  CHECK_EQ(hint(51820, wireguard), static_cast<uint8_t>(AppHint::kWireGuard));
  CHECK_EQ(hint(443, wireguard), static_cast<uint8_t>(AppHint::kWireGuard));
  const Bytes midway = join({{4, 0, 0, 0}, random_bytes(4), {9, 0, 0, 0, 0, 0, 0, 0}, random_bytes(96)});
  for (const uint16_t port : {uint16_t{443}, uint16_t{51820}, uint16_t{9999}}) {
    CHECK_EQ(hint(port, midway), static_cast<uint8_t>(AppHint::kWireGuard));
  }
  CHECK_EQ(hint(9999, part(midway, 0, midway.size() - 1)), static_cast<uint8_t>(AppHint::kUnknown));
  CHECK_EQ(hint(9999, join({{4, 0, 0, 0}, Bytes(108, 0xff)})), static_cast<uint8_t>(AppHint::kUnknown));
  CHECK_EQ(hint(4500, Bytes(100, 7)), static_cast<uint8_t>(AppHint::kIpsec));
  CHECK_EQ(hint(1194, join({{0x38}, Bytes(13)})), static_cast<uint8_t>(AppHint::kOpenVpn));
  CHECK_EQ(hint(9999, Bytes(100, 7)), static_cast<uint8_t>(AppHint::kUnknown));
  Flow dns(&bench, 40000, 53, 17);
  const Bytes answer = bytes::hex(
      "123481800001000100000000 03617069 04746573740000010001 c00c00010001 0000003c 0004 c0000201");
  dns.down(answer);
  dns.down(answer);
  CHECK(!dns.done);
  CHECK_EQ(bench.sink.names.size(), 2u);
  // Over TCP the message has its length in front; here cut, and a second one in the same segment.
  Flow tcp(&bench, 40001, 53);
  Bytes stream;
  bytes::add_counted(&stream, answer, 2);
  bytes::add_counted(&stream, answer, 2);
  tcp.down(part(stream, 0, 1));
  tcp.down(part(stream, 1, 30));
  tcp.down(part(stream, 30, stream.size()));
  CHECK_EQ(bench.sink.names.size(), 4u);
  CHECK_EQ(bench.sink.names[3], "api.test");
}

}  // namespace
