// Traffic made to cost as much as it can: each kind aims at one loop of the core, in frames as an attacker would send.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bytes.h"
#include "dns_builder.h"
#include "frame_builder.h"
#include "hello_builder.h"

namespace hostile {

using bytes::Bytes;
using Frames = std::vector<Bytes>;

struct Kind {
  std::string name;
  Frames frames;
};

constexpr uint32_t kClient = 0x0a000001;
constexpr uint32_t kServer = 0xcb007105;
constexpr size_t kMaxUdp = 65'000;

inline Bytes udp_frame(uint16_t source, uint16_t destination, const Bytes& payload, uint32_t from = kServer) {
  frames::Ip4 ip;
  ip.protocol = 17;
  ip.source = from;
  ip.destination = from == kServer ? kClient : kServer;
  return frames::ethernet(0x0800, frames::ip4(ip, frames::udp(source, destination, payload)));
}

// One TCP flow; sequence numbers begin at 1 on both sides.
class Flow {
 public:
  explicit Flow(Frames* out, uint16_t client_port = 40'000, uint16_t server_port = 443)
      : out_(out), client_port_(client_port), server_port_(server_port) {}

  Flow& open() {
    add(true, 0, 0, 0x02, {});
    add(false, 0, 1, 0x12, {});
    add(true, 1, 1, 0x10, {});
    return *this;
  }
  // `at` counts from the first byte of the side's stream.
  Flow& up(size_t at, const Bytes& payload) { return add(true, 1 + at, 1, 0x18, payload); }
  Flow& down(size_t at, const Bytes& payload, size_t acknowledged = 0) {
    return add(false, 1 + at, 1 + acknowledged, 0x18, payload);
  }

 private:
  Flow& add(bool is_up, size_t sequence, size_t acknowledgement, uint8_t flags, const Bytes& payload) {
    frames::Ip4 ip;
    ip.source = is_up ? kClient : kServer;
    ip.destination = is_up ? kServer : kClient;
    const Bytes segment = frames::header({{is_up ? client_port_ : server_port_, 2},
                                          {is_up ? server_port_ : client_port_, 2},
                                          {sequence, 4},
                                          {acknowledgement, 4},
                                          {uint64_t{0x5000} | flags, 2},
                                          {65535, 2},
                                          {0, 4}},
                                         payload);
    out_->push_back(frames::ethernet(0x0800, frames::ip4(ip, segment)));
    return *this;
  }

  Frames* out_;
  uint16_t client_port_;
  uint16_t server_port_;
};

inline Bytes slice(const Bytes& of, size_t begin, size_t end) {
  return {of.begin() + static_cast<ptrdiff_t>(std::min(begin, of.size())),
          of.begin() + static_cast<ptrdiff_t>(std::min(end, of.size()))};
}

inline Bytes tls_record(uint8_t type, const Bytes& body) {
  Bytes out = {type, 3, 3};
  bytes::add_counted(&out, body, 2);
  return out;
}

// ---- DNS -----------------------------------------------------------------------------------------------------------

// The data of one record contain thousands of chained pointers; the name of every other record is the end of the chain.
inline Bytes dns_chain(uint16_t type, size_t records) {
  Bytes out;
  bytes::add_number(&out, 0x1234, 2);
  bytes::add_number(&out, 0x8180, 2);
  for (const size_t count : {size_t{1}, records + 1, size_t{0}, size_t{0}}) bytes::add_number(&out, count, 2);
  const size_t question = out.size();
  bytes::add(&out, DnsBuilder::name("api.anthropic.com"));
  bytes::add(&out, {0, 1, 0, 1});
  bytes::add_number(&out, 0xc000 | question, 2);
  bytes::add(&out, {0, 16, 0, 1, 0, 0, 0, 60});
  Bytes chain;
  const size_t begin = out.size() + 2;
  size_t target = question;
  while (begin + chain.size() < 16'380) {
    const size_t at = begin + chain.size();
    bytes::add_number(&chain, 0xc000 | target, 2);
    target = at;
  }
  bytes::add_counted(&out, chain, 2);
  while (records-- > 0) {
    bytes::add_number(&out, 0xc000 | target, 2);
    bytes::add_number(&out, type, 2);
    bytes::add(&out, {0, 1, 0, 0, 0, 60});
    if (type == 1) {
      bytes::add(&out, {0, 4, 203, 0, 113, 5});
    } else {
      bytes::add(&out, {0, 2});
      bytes::add_number(&out, 0xc000 | target, 2);
    }
  }
  return out;
}

// Records whose owner and target are a name of maximum length, by a pointer of two bytes.
inline Bytes dns_long_names(size_t records) {
  const std::string label(63, 'a');
  DnsBuilder message;
  message.question(label + "." + label + "." + label + "." + std::string(60, 'b'), 5);
  Bytes raw;
  for (size_t i = 0; i < records; ++i) bytes::add(&raw, {0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 12});
  return message.raw_answer(raw, static_cast<uint16_t>(records)).build();
}

// The same as addresses, which discovery reads.
inline Bytes dns_long_owners(size_t records) {
  const std::string label(63, 'a');
  DnsBuilder message;
  message.question(label + "." + label + "." + label + "." + std::string(60, 'b'), 1);
  Bytes raw;
  for (size_t i = 0; i < records; ++i) bytes::add(&raw, {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 9});
  return message.raw_answer(raw, static_cast<uint16_t>(records)).build();
}

// A chain of names in reverse order, so that each walk of the answers adds one more.
inline Bytes dns_backwards(size_t names) {
  DnsBuilder message;
  message.question("n0.example.com", 1);
  for (size_t i = names; i > 0; --i) {
    message.cname("n" + std::to_string(i - 1) + ".example.com", "n" + std::to_string(i) + ".example.com", 60);
  }
  return message.build();
}

inline Frames dns_frames(uint16_t port, const Bytes& message) {
  Frames out;
  for (uint16_t i = 0; i < 4; ++i)
    out.push_back(udp_frame(port, port == 53 ? static_cast<uint16_t>(50'000 + i) : port, message));
  return out;
}

// ---- TLS -----------------------------------------------------------------------------------------------------------

inline Bytes hello_of(const HelloBuilder& hello) {
  const Bytes message = hello.build();
  Bytes out;
  for (size_t at = 0; at < message.size(); at += 16'384)
    bytes::add(&out, tls_record(22, slice(message, at, at + 16'384)));
  return out;
}

inline HelloBuilder interesting_hello() {
  return HelloBuilder().sni("api.anthropic.com").versions({0x0304, 0x0303}).u16_list(13, {0x0403, 0x0804});
}

inline Frames in_segments(const Bytes& stream, size_t bytes_each, bool is_backwards = false) {
  Frames out;
  Flow flow(&out);
  flow.open();
  std::vector<size_t> starts;
  for (size_t at = 0; at < stream.size(); at += bytes_each) starts.push_back(at);
  if (is_backwards) std::reverse(starts.begin(), starts.end());
  for (const size_t at : starts) flow.up(at, slice(stream, at, at + bytes_each));
  return out;
}

// A hello with a record header for every byte.
inline Bytes hello_in_tiny_records(size_t padding) {
  const Bytes message = interesting_hello().extension(21, Bytes(padding)).build();
  Bytes out;
  for (const uint8_t byte : message) bytes::add(&out, tls_record(22, {byte}));
  return out;
}

// Data that look like records everywhere, after a watched hello: aligned, or shifted by a missing byte.
inline Frames tiny_records(bool in_step, const Bytes& record, size_t segments) {
  Frames out;
  Flow flow(&out);
  flow.open();
  const Bytes hello = hello_of(interesting_hello());
  flow.up(0, hello);
  Bytes payload;
  while (payload.size() + record.size() < 60'000) bytes::add(&payload, record);
  size_t at = hello.size() + (in_step ? 0 : 3);
  for (size_t i = 0; i < segments; ++i) {
    Bytes body = payload;
    // The chain breaks at the end of each segment, so that nothing found before it leads anywhere.
    if (!in_step) bytes::add(&body, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
    flow.up(at, body);
    flow.down(i, {0}, at + body.size());
    at += body.size();
  }
  return out;
}

// ---- fragments -----------------------------------------------------------------------------------------------------

inline Bytes fragment(uint16_t id, size_t offset, bool is_more, const Bytes& body) {
  frames::Ip4 ip;
  ip.protocol = 17;
  ip.id = id;
  ip.fragment = static_cast<uint16_t>((is_more ? 0x2000 : 0) | offset / 8);
  return frames::ethernet(0x0800, frames::ip4(ip, body));
}

enum class Order { kSame, kBackwards, kGaps };

inline Frames fragments(Order order) {
  Frames out;
  for (uint16_t id = 1; id <= 8; ++id) {
    for (size_t i = 0; i < 600; ++i) {
      Bytes body(8, static_cast<uint8_t>(i));
      body[1] = static_cast<uint8_t>(i >> 8);
      const size_t offset = order == Order::kSame ? 800 : order == Order::kBackwards ? 8 * (1000 - i) : 16 * i;
      out.push_back(fragment(id, offset, true, body));
    }
  }
  return out;
}

// ---- requests ------------------------------------------------------------------------------------------------------

const std::string kChunkedEvents = "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kLongJson = "Content-Type: application/json\r\nContent-Length: 999999\r\n\r\n";
const std::string kSocket = "Upgrade: websocket\r\n\r\n";

// A request, and a long answer in segments of ordinary size.
inline Frames http_answers(const std::string& start, const std::string& more, size_t count, int status = 200) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " OK\r\n" + start;
  for (size_t i = 0; i < count; ++i) text += more;
  const std::string request = "POST /v1/chat/completions HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
  Frames out;
  Flow flow(&out, 40'000, 8'000);
  flow.open().up(0, Bytes(request.begin(), request.end()));
  const Bytes stream(text.begin(), text.end());
  constexpr size_t kEach = 1'400;
  for (size_t at = 0; at < stream.size(); at += kEach) flow.down(at, slice(stream, at, at + kEach), request.size());
  return out;
}

inline Frames slow_request(const std::string& start, size_t bytes_each) {
  Bytes stream;
  bytes::add_text(&stream, start);
  while (stream.size() < 8'000) bytes::add_text(&stream, "X-A: b\r\n");
  Frames out;
  Flow flow(&out, 40'001, 3128);
  flow.open();
  for (size_t at = 0; at < stream.size(); at += bytes_each) flow.up(at, slice(stream, at, at + bytes_each));
  return out;
}

// ---- outcomes of connections ---------------------------------------------------------------------------------------

inline Bytes tcp_segment(bool up, uint16_t port, uint16_t server_port, uint8_t flags, uint64_t sequence,
                         uint64_t acknowledgement, Bytes options, const Bytes& payload) {
  options.resize((options.size() + 3) / 4 * 4);
  Bytes rest = options;
  bytes::add(&rest, payload);
  return frames::header({{up ? port : server_port, 2},
                         {up ? server_port : port, 2},
                         {sequence, 4},
                         {acknowledgement, 4},
                         {(5 + options.size() / 4) << 12 | flags, 2},
                         {65535, 2},
                         {0, 4}},
                        rest);
}

inline Bytes tcp_frame(bool up, const Bytes& segment, uint32_t client = kClient) {
  frames::Ip4 ip;
  ip.source = up ? client : kServer;
  ip.destination = up ? kServer : client;
  return frames::ethernet(0x0800, frames::ip4(ip, segment));
}

// SYNs of clients that there are not, and a reset of the server for each.
inline Frames syn_flood(size_t count, bool has_resets) {
  Frames out;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t client = kClient + static_cast<uint32_t>(i % 251);
    const uint16_t port = static_cast<uint16_t>(20'000 + i);
    out.push_back(tcp_frame(true, tcp_segment(true, port, 443, 0x02, i * 7919, 0, {}, {}), client));
    if (has_resets)
      out.push_back(tcp_frame(false, tcp_segment(false, port, 443, 0x14, 0, i * 7919 + 1, {}, {}), client));
  }
  return out;
}

// ICMP "administratively prohibited", with quotes of connections that there are not.
inline Frames icmp_flood(size_t count) {
  Frames out;
  for (size_t i = 0; i < count; ++i) {
    frames::Ip4 quoted;
    quoted.source = kClient + static_cast<uint32_t>(i % 251);
    quoted.destination = kServer;
    const Bytes begin = tcp_segment(true, static_cast<uint16_t>(20'000 + i), 443, 0x02, i, 0, {}, {});
    const Bytes quote = frames::ip4(quoted, slice(begin, 0, 8));
    frames::Ip4 ip;
    ip.protocol = 1;
    ip.source = kServer;
    ip.destination = kClient;
    out.push_back(frames::ethernet(0x0800, frames::ip4(ip, frames::header({{0x030d, 2}, {0, 6}}, quote))));
  }
  return out;
}

// Acknowledgements with as many holes as an option says, or with options of two bytes to the end of the header; between a
// hello and its answer.
inline Frames acknowledgement_storm(size_t count, bool has_holes) {
  Frames out;
  Flow flow(&out);
  flow.open();
  const Bytes hello = hello_of(interesting_hello());
  flow.up(0, hello);
  for (size_t i = 0; i < count; ++i) {
    Bytes options;
    if (has_holes) {
      options = {1, 1, 5, 34};
      for (uint64_t block = 0; block < 4; ++block) {
        bytes::add_number(&options, 1'000 * (i + 2 * block + 1), 4);
        bytes::add_number(&options, 1'000 * (i + 2 * block + 2), 4);
      }
    } else {
      while (options.size() < 40) bytes::add(&options, {0xfd, 2});
    }
    const bool up = i % 2 == 0;
    const uint64_t sequence = up ? 1 + hello.size() : 1;
    out.push_back(tcp_frame(up, tcp_segment(up, 40'000, 443, 0x10, sequence, 1, options, {})));
  }
  return out;
}

// A proxy whose answer to CONNECT does not end: header lines, or answers before the answer.
inline Frames connect_answer(const std::string& start, const std::string& more, size_t bytes_each) {
  const std::string connect = "CONNECT api.anthropic.com:443 HTTP/1.1\r\n\r\n";
  std::string text = start;
  while (text.size() < 30'000) text += more;
  const Bytes stream(text.begin(), text.end());
  Frames out;
  Flow flow(&out, 40'003, 3128);
  flow.open().up(0, Bytes(connect.begin(), connect.end()));
  for (size_t at = 0; at < stream.size(); at += bytes_each)
    flow.down(at, slice(stream, at, at + bytes_each), connect.size());
  return out;
}

// A client that asks a proxy again and again.
inline Frames connect_flood(size_t count) {
  const std::string connect = "CONNECT api.anthropic.com:443 HTTP/1.1\r\n\r\n";
  const std::string refused = "HTTP/1.1 407 P\r\n\r\n";
  Frames out;
  Flow flow(&out, 40'004, 3128);
  flow.open();
  for (size_t i = 0; i < count; ++i) {
    flow.up(i * connect.size(), Bytes(connect.begin(), connect.end()));
    flow.down(i * refused.size(), Bytes(refused.begin(), refused.end()), (i + 1) * connect.size());
  }
  return out;
}

inline std::vector<Kind> all() {
  std::vector<uint16_t> ciphers(32'000);
  for (size_t i = 0; i < ciphers.size(); ++i) ciphers[i] = static_cast<uint16_t>(i * 40'503u);
  const Bytes many_ciphers = hello_of([&] {
    HelloBuilder hello = interesting_hello();
    hello.ciphers = ciphers;
    return hello;
  }());
  HelloBuilder extended = interesting_hello();
  for (uint16_t i = 0; i < 240; ++i) extended.extension(static_cast<uint16_t>(0x2000 + i * 7));
  HelloBuilder grouped = interesting_hello();
  grouped.u16_list(10, std::vector<uint16_t>(ciphers.begin(), ciphers.begin() + 30'000));
  HelloBuilder padded = interesting_hello();
  padded.extension(21, Bytes(60'000));
  Frames dns_stream;
  Flow(&dns_stream, 40'002, 53).open().down(0, {0x80, 0x00, 1, 2, 3});

  return {
      {"dns pointer chain", dns_frames(53, dns_chain(1, 1'500))},
      {"dns pointer chain of aliases", dns_frames(53, dns_chain(5, 1'500))},
      {"mdns pointer chain", dns_frames(5353, dns_chain(1, 1'500))},
      {"netbios pointer chain", dns_frames(137, dns_chain(1, 1'500))},
      {"dns long names", dns_frames(53, dns_long_names(2'000))},
      {"mdns long names", dns_frames(5353, dns_long_owners(2'000))},
      {"dns aliases backwards", dns_frames(53, dns_backwards(400))},
      {"records of one byte", tiny_records(true, tls_record(21, {1}), 4)},
      {"records of seventeen bytes", tiny_records(true, tls_record(23, Bytes(17)), 4)},
      {"records out of step", tiny_records(false, tls_record(21, {1}), 4)},
      {"data records out of step", tiny_records(false, tls_record(23, Bytes(17)), 4)},
      {"hello of 32 000 ciphers", in_segments(many_ciphers, 1'400)},
      {"hello of 30 000 groups", in_segments(hello_of(grouped), 1'400)},
      {"hello of 240 extensions", in_segments(hello_of(extended), 1'400)},
      {"long hello in small segments", in_segments(hello_of(padded), 42)},
      {"long hello in small segments backwards", in_segments(hello_of(padded), 42, true)},
      {"hello byte by byte", in_segments(hello_of(interesting_hello()), 1)},
      {"hello byte by byte backwards", in_segments(hello_of(interesting_hello()), 1, true)},
      {"hello in tiny records", in_segments(hello_in_tiny_records(8'000), 42)},
      {"hello in tiny records, byte by byte", in_segments(hello_in_tiny_records(0), 1)},
      {"fragments of one offset", fragments(Order::kSame)},
      {"fragments backwards", fragments(Order::kBackwards)},
      {"fragments with gaps", fragments(Order::kGaps)},
      {"request byte by byte", slow_request("GET / HTTP/1.1\r\n", 1)},
      {"request in small segments", slow_request("GET / HTTP/1.1\r\n", 16)},
      {"proxy request in small segments", slow_request("CONNECT a.example:443 HTTP/1.1\r\n", 16)},
      {"dns over tcp", dns_stream},
      {"endless header", http_answers("", "A: b\r\n", 2'000)},
      {"endless header line", http_answers("A: ", "bbbbbbbb", 2'000)},
      {"pipelined answers",
       http_answers("Content-Length: 0\r\n\r\n", "HTTP/1.1 200 O\r\nContent-Length:0\r\n\r\n", 1'000)},
      {"chunks of one byte", http_answers(kChunkedEvents, "1\r\na\r\n", 4'000)},
      {"empty words", http_answers(kLongJson, "\"\":\"\",", 4'000)},
      {"names of members", http_answers(kLongJson, "\"id\":\"\",\"role\":\"a\",", 2'000)},
      {"lines of one byte", http_answers(kChunkedEvents, "2\r\n\n\n\r\n", 4'000)},
      {"syn flood", syn_flood(5'000, false)},
      {"syn flood with resets", syn_flood(5'000, true)},
      {"icmp flood", icmp_flood(5'000)},
      {"acknowledgements with holes", acknowledgement_storm(5'000, true)},
      {"acknowledgements with small options", acknowledgement_storm(5'000, false)},
      {"endless header of a proxy", connect_answer("HTTP/1.1 403 Forbidden\r\n", "A: b\r\n", 16)},
      {"endless header line of a proxy", connect_answer("HTTP/1.1 403 Forbidden\r\nA: ", "bbbbbbbb", 1)},
      {"interim answers of a proxy", connect_answer("", "HTTP/1.1 100 \r\n\r\n", 17)},
      {"connect flood", connect_flood(1'000)},
      {"empty socket frames", http_answers(kSocket, std::string("\x81\x00", 2), 8'000, 101)},
  };
}

}  // namespace hostile
