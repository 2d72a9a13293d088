// Prints the result of the wire layer only for a capture: one JSON line per directed 5-tuple with packets, frame
// bytes and payload bytes, in the form of the `dump flows` command, and a last line with container, counters and
// error. For comparing the decoder with other tools without a flow table in between. Usage: dump FILE|-
#include <arpa/inet.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "../../native-bindings/src/io/capture_reader.h"
#include "../../native-bindings/src/packet/decode.h"

namespace {

using namespace wiretally;

struct Sums {
  uint64_t packets = 0;
  uint64_t frame_bytes = 0;
  uint64_t payload_bytes = 0;
  std::string tunnels;
  std::string vlans;
};
using Tuple = std::tuple<int, std::string, int, std::string, int>;

struct Dump {
  CaptureReader reader{0};
  FragmentTable fragments;
  Counters counters;
  uint64_t captured_bytes = 0;
  std::map<Tuple, Sums> sums;

  static std::string text(const uint8_t* address, uint8_t version) {
    char buffer[64];
    return inet_ntop(version == 4 ? AF_INET : AF_INET6, address, buffer, sizeof buffer);
  }

  void add(const Packet& packet) {
    const Endpoints& ends = packet.ends;
    Sums& sum = sums[{ends.protocol, text(ends.source, ends.ip_version), ends.source_port,
                      text(ends.destination, ends.ip_version), ends.destination_port}];
    sum.packets += packet.frames;
    sum.frame_bytes += packet.wire_bytes;
    sum.payload_bytes += packet.payload_bytes;
    if (sum.packets != packet.frames) return;
    for (unsigned n = 0; n < packet.tunnel_depth; ++n) {
      sum.tunnels += std::string(n > 0 ? "/" : "") + encapsulation_name(packet.tunnels[n]);
    }
    for (unsigned n = 0; n < packet.vlan_count; ++n) {
      sum.vlans += (n > 0 ? "," : "") + std::to_string(packet.vlans[n]);
    }
  }

  void show(const Frame& frame) {
    Packet packet;
    NonPortInfo other;
    captured_bytes += frame.captured;
    DecodeResult result = decode_frame(frame, &packet, &other, &counters);
    if (result == DecodeResult::kFragment) result = fragments.add(frame, &packet, &other, &counters);
    if (result == DecodeResult::kPacket) add(packet);
  }

  void run(FILE* stream) {
    std::vector<Frame> frames(256);
    std::vector<uint8_t> bytes(65536);
    for (;;) {
      size_t count = 0;
      Block* block = nullptr;
      const ReadStatus status = reader.read(frames.data(), frames.size(), &count, &block);
      for (size_t n = 0; n < count; ++n) show(frames[n]);
      CaptureReader::unpin(block);
      if (status == ReadStatus::kNeedInput) {
        const size_t got = fread(bytes.data(), 1, bytes.size(), stream);
        reader.push(bytes.data(), got, got == 0);
      } else if (status != ReadStatus::kFrames) {
        return;
      }
    }
  }

  void print() const {
    for (const auto& [tuple, sum] : sums) {
      const auto& [protocol, source, source_port, destination, destination_port] = tuple;
      printf(
          "{\"src_ip\":\"%s\",\"src_port\":%d,\"dst_ip\":\"%s\",\"dst_port\":%d,\"transport\":\"%s\","
          "\"packetsUp\":%llu,\"packetsDown\":0,\"bytesUp\":%llu,\"bytesDown\":0,\"payloadUp\":%llu,\"payloadDown\":0,"
          "\"tunnel\":\"%s\",\"vlan\":[%s],\"proxy\":null}\n",
          source.c_str(), source_port, destination.c_str(), destination_port, protocol == 6 ? "tcp" : "udp",
          static_cast<unsigned long long>(sum.packets), static_cast<unsigned long long>(sum.frame_bytes),
          static_cast<unsigned long long>(sum.payload_bytes), sum.tunnels.c_str(), sum.vlans.c_str());
    }
    const CaptureError& error = reader.error();
    printf(
        "{\"summary\":true,\"packets\":%llu,\"wire_bytes\":%llu,\"captured_bytes\":%llu,\"undecoded\":%llu,"
        "\"snaplen_cut\":%llu,\"fragments\":%llu,\"error\":%u,\"error_offset\":%llu,\"reason\":\"%s\",\"malformed\":{",
        static_cast<unsigned long long>(reader.summary().packets),
        static_cast<unsigned long long>(reader.summary().wire_bytes), static_cast<unsigned long long>(captured_bytes),
        static_cast<unsigned long long>(counters.undecoded), static_cast<unsigned long long>(counters.snaplen_cut),
        static_cast<unsigned long long>(counters.fragments), error.code, static_cast<unsigned long long>(error.offset),
        error.reason.c_str());
    const char* comma = "";
    for (size_t n = 0; n < counters.malformed.size(); ++n) {
      if (counters.malformed[n] == 0) continue;
      printf("%s\"%s\":%llu", comma, malformed_name(n), static_cast<unsigned long long>(counters.malformed[n]));
      comma = ",";
    }
    printf("}}\n");
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Dump dump;
  if (strcmp(argv[1], "-") == 0) {
    dump.reader.open_stream();
  } else if (const int error = dump.reader.open_file(argv[1]); error != 0) {
    fprintf(stderr, "%s: %s\n", argv[1], strerror(error));
    return 3;
  }
  dump.run(stdin);
  dump.print();
  return 0;
}
