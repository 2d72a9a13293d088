// Fragments are reassembled in any order, overlaps follow the documented policy, and memory is bounded.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "../../native-bindings/src/packet/decode.h"
#include "frame_builder.h"

using namespace wiretally;
using bytes::Bytes;
using namespace frames;

namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Counts as a decoder does: decode_frame first, the table for fragments.
struct Bench {
  FragmentTable table;
  Counters counters;
  Packet packet{};
  Bytes payload;
  Bytes kept;  // the frame shown last

  explicit Bench(size_t datagrams = 4096, size_t size = 16u << 20) : table(datagrams, size) {}

  DecodeResult show(const Bytes& bytes, int64_t ts_ns = kSecond, size_t cut = 0) {
    kept = bytes;
    kept.resize(bytes.size() - cut);
    kept.shrink_to_fit();
    const Frame frame{kept.data(), ts_ns, static_cast<uint32_t>(kept.size()), static_cast<uint32_t>(bytes.size()), 1, 0,
                      0,           0};
    NonPortInfo other;
    DecodeResult result = decode_frame(frame, &packet, &other, &counters);
    if (result == DecodeResult::kFragment) result = table.add(frame, &packet, &other, &counters);
    if (result == DecodeResult::kPacket) payload.assign(packet.payload.data, packet.payload.data + packet.payload.size);
    return result;
  }
  uint64_t count(Malformed reason) const { return counters.malformed[static_cast<size_t>(reason)]; }
};

struct Piece {
  size_t offset;
  size_t size;
};

Bytes slice(const Bytes& of, size_t offset, size_t size) {
  return Bytes(of.begin() + static_cast<ptrdiff_t>(offset), of.begin() + static_cast<ptrdiff_t>(offset + size));
}

Bytes fragment4(const Bytes& datagram, Piece piece, uint8_t protocol = 17, uint16_t id = 7) {
  const bool more = piece.offset + piece.size < datagram.size();
  const uint16_t field = static_cast<uint16_t>((more ? 0x2000 : 0) | piece.offset / 8);
  return ethernet(0x0800,
                  ip4({.protocol = protocol, .id = id, .fragment = field}, slice(datagram, piece.offset, piece.size)));
}

Bytes fragment6(const Bytes& datagram, Piece piece, uint8_t next = 17) {
  const bool more = piece.offset + piece.size < datagram.size();
  const uint16_t field = static_cast<uint16_t>(piece.offset | (more ? 1 : 0));
  return ethernet(0x86dd, ip6(44, ip6_fragment(next, field, 7, slice(datagram, piece.offset, piece.size))));
}

using Maker = Bytes (*)(const Bytes&, Piece);
Bytes make4(const Bytes& datagram, Piece piece) { return fragment4(datagram, piece); }
Bytes make6(const Bytes& datagram, Piece piece) { return fragment6(datagram, piece); }

TEST_CASE("fragments come together in every order") {
  const Bytes datagram = udp(1234, 443, filled(92));  // 100 bytes
  const Piece pieces[] = {{0, 24}, {24, 24}, {48, 40}, {88, 12}};
  for (const Maker make : {make4, make6}) {
    int order[] = {0, 1, 2, 3};
    do {
      Bench bench;
      size_t wire = 0;
      for (int n = 0; n < 4; ++n) {
        const Bytes frame = make(datagram, pieces[order[n]]);
        wire += frame.size();
        CHECK(bench.show(frame) == (n < 3 ? DecodeResult::kFragment : DecodeResult::kPacket));
      }
      CHECK_EQ(bench.packet.wire_bytes, wire);
      CHECK_EQ(bench.packet.frames, 4);
      CHECK(bench.packet.reassembled);
      CHECK_EQ(bench.packet.ends.source_port, 1234);
      CHECK_EQ(bench.packet.payload_bytes, 92u);
      CHECK(bench.payload == filled(92));
      CHECK_EQ(bench.counters.fragments, 4u);
    } while (std::next_permutation(order, order + 4));
  }
}

TEST_CASE("the longest datagram comes together") {
  const Bytes datagram = tcp(1, 2, filled(65000));
  for (const size_t step : {size_t{1480}, size_t{9000}, size_t{40000}}) {
    Bench bench;
    for (size_t at = (datagram.size() - 1) / step * step;; at -= step) {
      const DecodeResult result = bench.show(fragment4(datagram, {at, std::min(step, datagram.size() - at)}, 6));
      if (at == 0) {
        CHECK(result == DecodeResult::kPacket);
        break;
      }
    }
    CHECK(bench.payload == filled(65000));
  }
}

TEST_CASE("overlapping fragments are reported") {
  const Bytes datagram = udp(1234, 443, filled(92));
  Bytes other = datagram;
  for (size_t i = 8; i < other.size(); ++i) other[i] ^= 0xff;

  Bench equal;
  equal.show(fragment4(datagram, {0, 48}));
  CHECK(equal.show(fragment4(datagram, {24, 76})) == DecodeResult::kPacket);
  CHECK(equal.payload == filled(92));
  CHECK_EQ(equal.count(Malformed::kFragmentOverlap), 0u);

  // The fragment that begins first wins, independent of arrival.
  for (const bool early_first : {true, false}) {
    Bench bench;
    const Bytes early = fragment4(datagram, {0, 48});
    const Bytes late = fragment4(other, {24, 76});
    bench.show(early_first ? early : late);
    CHECK(bench.show(early_first ? late : early) == DecodeResult::kPacket);
    CHECK(slice(bench.payload, 0, 40) == slice(datagram, 8, 40));
    CHECK(slice(bench.payload, 40, 52) == slice(other, 48, 52));
    CHECK_EQ(bench.count(Malformed::kFragmentOverlap), 1u);
  }

  Bench same_start;
  same_start.show(fragment4(datagram, {0, 48}));
  same_start.show(fragment4(other, {0, 48}));
  CHECK(same_start.show(fragment4(datagram, {48, 52})) == DecodeResult::kPacket);
  CHECK(same_start.payload == filled(92));
  CHECK_EQ(same_start.packet.frames, 3);
  CHECK_EQ(same_start.count(Malformed::kFragmentOverlap), 1u);
}

TEST_CASE("overlapping fragments of IPv6 are reported") {
  const Bytes datagram = udp(1234, 443, filled(92));
  Bench repeated;
  repeated.show(fragment6(datagram, {0, 48}));
  repeated.show(fragment6(datagram, {0, 48}));
  CHECK(repeated.show(fragment6(datagram, {48, 52})) == DecodeResult::kPacket);
  CHECK_EQ(repeated.packet.frames, 3);

  Bench refused;
  refused.show(fragment6(datagram, {0, 48}));
  refused.show(fragment6(datagram, {40, 8}));
  CHECK(refused.show(fragment6(datagram, {48, 52})) == DecodeResult::kFragment);
  CHECK(refused.show(fragment6(datagram, {0, 48})) == DecodeResult::kFragment);
  CHECK_EQ(refused.count(Malformed::kFragmentOverlap), 1u);
  // Its time over, the identification is free again.
  refused.show(fragment6(datagram, {0, 48}), 40 * kSecond);
  CHECK(refused.show(fragment6(datagram, {48, 52}), 40 * kSecond) == DecodeResult::kPacket);
  CHECK_EQ(refused.count(Malformed::kFragmentTimeout), 0u);
}

TEST_CASE("the fragment table has ceilings") {
  const Bytes datagram = udp(1234, 443, filled(92));
  Bench timed;
  timed.show(fragment4(datagram, {0, 48}));
  CHECK(timed.show(fragment4(datagram, {48, 52}), 32 * kSecond) == DecodeResult::kFragment);
  CHECK_EQ(timed.count(Malformed::kFragmentTimeout), 1u);
  timed.show(fragment4(datagram, {0, 48}, 17, 9), 33 * kSecond);
  CHECK(timed.show(fragment4(datagram, {48, 52}, 17, 9), kSecond) == DecodeResult::kFragment);  // time ran back
  CHECK_EQ(timed.count(Malformed::kFragmentTimeout), 3u);                                       // both that waited

  Bench full(4);
  for (uint16_t id = 0; id < 6; ++id) full.show(fragment4(datagram, {0, 48}, 17, id));
  CHECK_EQ(full.count(Malformed::kFragmentTableFull), 2u);
  CHECK(full.show(fragment4(datagram, {48, 52}, 17, 0)) == DecodeResult::kFragment);
  CHECK(full.show(fragment4(datagram, {48, 52}, 17, 5)) == DecodeResult::kPacket);

  Bench small(4096, 1);  // the minimum: space for one datagram
  const Bytes large = udp(1, 2, filled(60000));
  for (uint16_t id = 0; id < 8; ++id) small.show(fragment4(large, {0, 59992}, 17, id));
  CHECK(small.count(Malformed::kFragmentTableFull) >= 5);
  CHECK(small.show(fragment4(large, {59992, 16}, 17, 7)) == DecodeResult::kPacket);

  Bench tiny;  // 8-byte fragments beyond the number that one datagram may have
  const Bytes many = udp(1, 2, filled(8192));
  for (size_t at = 0; at + 8 <= many.size(); at += 8)
    CHECK(tiny.show(fragment4(many, {at, 8})) != DecodeResult::kPacket);
  CHECK_EQ(tiny.count(Malformed::kFragmentTableFull), 1u);
}

TEST_CASE("fragments that cannot be are refused") {
  const Bytes datagram = udp(1234, 443, filled(92));
  Bench bench;
  bench.show(ethernet(0x0800, ip4({.protocol = 17, .fragment = 0x2000}, filled(20))));  // not of eight bytes
  bench.show(ethernet(0x0800, ip4({.protocol = 17, .fragment = 0x2001}, {})));          // empty
  CHECK_EQ(bench.count(Malformed::kFragmentLength), 2u);
  bench.show(ethernet(0x0800, ip4({.protocol = 17, .fragment = 0x1fff}, filled(100))));  // beyond 65535
  CHECK_EQ(bench.count(Malformed::kFragmentBeyondEnd), 1u);
  bench.show(fragment4(datagram, {88, 12}));
  bench.show(ethernet(0x0800, ip4({.protocol = 17, .id = 7, .fragment = 0x2000 | 13}, filled(8))));  // behind the last
  CHECK_EQ(bench.count(Malformed::kFragmentBeyondEnd), 2u);
  CHECK(bench.show(fragment4(datagram, {0, 88})) == DecodeResult::kPacket);
}

// Fragments that the snaplen cut still make a datagram; its payload ends at the first byte that is missing.
TEST_CASE("cut fragments are counted") {
  const Bytes datagram = udp(1234, 443, filled(92));
  Bench bench;
  bench.show(fragment4(datagram, {0, 48}), kSecond, 20);
  CHECK(bench.show(fragment4(datagram, {48, 52}), kSecond, 20) == DecodeResult::kPacket);
  CHECK_EQ(bench.packet.payload_bytes, 92u);
  CHECK(bench.payload == filled(20));
  CHECK(bench.packet.cut_short);

  Bench no_ports;
  no_ports.show(fragment4(datagram, {0, 48}), kSecond, 46);
  CHECK(no_ports.show(fragment4(datagram, {48, 52})) == DecodeResult::kCut);
  CHECK_EQ(no_ports.counters.snaplen_cut, 1u);
}

TEST_CASE("fragments in and around tunnels come together") {
  // A fragmented datagram with VXLAN; the inner frame is a fragment of another one.
  const Bytes inner = udp(1234, 443, filled(92));
  const auto carry = [](const Bytes& frame) {
    return udp(50000, 4789, joined({bytes::hex("08000000 00000100"), frame}));
  };
  Bench bench;
  size_t wire = 0;
  DecodeResult result = DecodeResult::kFragment;
  uint16_t id = 100;
  for (const Piece piece : {Piece{0, 48}, Piece{48, 52}}) {
    const Bytes outer = carry(fragment4(inner, piece));
    for (const Piece part : {Piece{0, 64}, Piece{64, outer.size() - 64}}) {
      CHECK(result == DecodeResult::kFragment);
      const Bytes frame = fragment4(outer, part, 17, id);
      wire += frame.size();
      result = bench.show(frame);
    }
    ++id;
  }
  CHECK(result == DecodeResult::kPacket);
  CHECK(bench.payload == filled(92));
  CHECK_EQ(bench.packet.wire_bytes, wire);
  CHECK_EQ(bench.packet.frames, 4);
  CHECK_EQ(bench.packet.tunnel_depth, 1);
  CHECK_EQ(std::string(encapsulation_name(bench.packet.tunnels[0])), "vxlan");
  CHECK_EQ(bytes::to_hex(bench.packet.source_mac, 6), "020000000002");
}

DecodeResult show_in_parts(Bench* bench, const Bytes& datagram, size_t step, const std::function<Bytes(Piece)>& make) {
  DecodeResult result = DecodeResult::kFragment;
  for (size_t at = 0; at < datagram.size(); at += step) {
    CHECK(result == DecodeResult::kFragment);
    result = bench->show(make({at, std::min(step, datagram.size() - at)}));
  }
  return result;
}

// The longest packets that there are, in PPP in GRE: their fragments each in a frame, or the tunnel's own fragments.
TEST_CASE("the longest datagram in PPP and in IPv6 comes together") {
  const Bytes tunnel = bytes::hex("3081 880b ffff 0001 00000001 00000002 ff03 0021");
  const Bytes datagram = tcp(1234, 443, filled(65535 - 20 - 20));
  Bench inside;
  const auto in_ppp = [&](Piece piece) {
    const Bytes frame = fragment4(datagram, piece, 6);
    return ethernet(0x0800, ip4({.protocol = 47}, joined({tunnel, slice(frame, 14, frame.size() - 14)})));
  };
  CHECK(show_in_parts(&inside, datagram, 552, in_ppp) == DecodeResult::kPacket);
  CHECK(inside.payload == filled(65535 - 20 - 20));
  CHECK_EQ(std::string(encapsulation_name(inside.packet.tunnels[0])), "pptp");

  Bench outside;
  const Bytes outer = joined({tunnel, ip4({}, tcp(1234, 443, filled(65515 - 20 - 20 - 20)))});
  const auto of_tunnel = [&](Piece piece) { return fragment4(outer, piece, 47); };
  CHECK_EQ(outer.size(), 65515u);
  CHECK(show_in_parts(&outside, outer, 1480, of_tunnel) == DecodeResult::kPacket);
  CHECK(outside.payload == filled(65515 - 20 - 20 - 20));

  Bench in_ip6;
  const Bytes version0 = joined({bytes::hex("0000 880b 21"), ip4({}, tcp(1234, 443, filled(65535 - 5 - 40)))});
  const auto of_ip6 = [&](Piece piece) { return fragment6(version0, piece, 47); };
  CHECK_EQ(version0.size(), 65535u);
  CHECK(show_in_parts(&in_ip6, version0, 1232, of_ip6) == DecodeResult::kPacket);
  CHECK_EQ(in_ip6.packet.payload_bytes, 65535u - 5 - 40);
}

// A router between two VLANs shows each fragment twice; they are two datagrams.
TEST_CASE("fragments of two VLANs are kept apart") {
  const Bytes datagram = udp(1234, 443, filled(92));
  const auto tagged = [&datagram](uint16_t id, Piece piece) {
    const Bytes frame = fragment4(datagram, piece);
    return ethernet(0x8100, vlan(id, 0x0800, slice(frame, 14, frame.size() - 14)));
  };
  Bench bench;
  bench.show(tagged(1, {0, 48}));
  bench.show(tagged(2, {0, 48}));
  CHECK(bench.show(tagged(1, {48, 52})) == DecodeResult::kPacket);
  CHECK_EQ(bench.packet.frames, 2);
  CHECK(bench.show(tagged(2, {48, 52})) == DecodeResult::kPacket);
}

TEST_CASE("what has no ports comes together too") {
  const Bytes echo = filled(100);
  Bench bench;
  bench.show(fragment4(echo, {0, 48}, 1));
  CHECK(bench.show(fragment4(echo, {48, 52}, 1)) == DecodeResult::kNoPort);
  CHECK_EQ(bench.counters.undecoded, 1u);
}

TEST_CASE("an extension header behind fragments is passed") {
  const Bytes datagram = joined({bytes::hex("1100 000000000000"), udp(1234, 443, filled(84))});
  Bench bench;
  bench.show(fragment6(datagram, {0, 48}, 60));
  CHECK(bench.show(fragment6(datagram, {48, 52}, 60)) == DecodeResult::kPacket);
  CHECK_EQ(bench.packet.payload_bytes, 84u);
}

}  // namespace
