// Filters match as in libpcap, per link type, and a system without libpcap gets an error message.
#include "../../native-bindings/src/io/bpf_filter.h"

#include <doctest/doctest.h>

#include "frame_builder.h"

using namespace wiretally;
using namespace frames;

namespace {

bool passes(const char* expression, uint16_t link_type, const Bytes& bytes) {
  std::string error;
  const auto filter = BpfFilter::compile(expression, &error);
  if (!CHECK(filter != nullptr)) return false;
  const Frame frame{
      bytes.data(), 0, static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(bytes.size()), link_type, 0, 0, 0};
  const bool first = filter->matches(frame);
  CHECK_EQ(filter->matches(frame), first);
  return first;
}

TEST_CASE("a system without libpcap gets an error") {
  static constexpr const char* kNowhere[] = {"libnowhere-at-all.so.9", nullptr};
  CHECK(LibPcap::load(kNowhere) == nullptr);
  if (LibPcap::installed() != nullptr) return;
  std::string error;
  CHECK(BpfFilter::compile("tcp", &error) == nullptr);
  CHECK(error.find("libpcap") != std::string::npos);
  CHECK(BpfFilter::library_version().empty());
}

TEST_CASE("filters pass what libpcap says" * doctest::skip(LibPcap::installed() == nullptr)) {
  CHECK(BpfFilter::library_version().find("libpcap") == 0);
  const Bytes p4 = ip4({}, tcp(1234, 443, filled(5)));
  const Bytes p6 = ip6(17, udp(1234, 443, filled(5)));
  CHECK(passes("tcp port 443", 1, ethernet(0x0800, p4)));
  CHECK(!passes("udp", 1, ethernet(0x0800, p4)));
  CHECK(passes("tcp port 443", 101, p4));
  CHECK(passes("host 10.0.0.2", 14, p4));
  CHECK(passes("ip6", 0, joined({bytes::hex("1e000000"), p6})));
  CHECK(passes("ip6", 0, joined({bytes::hex("18000000"), p6})));
  CHECK(!passes("ether host 02:00:00:00:00:01", 101, p4));
  CHECK(passes("ether host 02:00:00:00:00:01", 1, ethernet(0x0800, p4)));
  CHECK(passes("wlan type data", 105, joined({bytes::hex("0801 0000"), filled(20)})));
  CHECK(!passes("tcp", 65000, p4));
  std::string error;
  CHECK(BpfFilter::compile("tcp portt", &error) == nullptr);
  CHECK(error.find("syntax error") != std::string::npos);
}

TEST_CASE("a filter that libpcap compiles for minutes is refused, others are compiled meanwhile" *
          doctest::skip(LibPcap::installed() == nullptr)) {
  std::string expression = "host 10.0.0.1";
  for (int i = 1; i < 3000; ++i)
    expression += " or host 10.1." + std::to_string(i >> 8) + "." + std::to_string(i & 255);
  std::string error;
  CHECK(BpfFilter::compile(expression.c_str(), &error) == nullptr);
  CHECK(error.find("the filter takes more than 3 s to compile") != std::string::npos);
  std::vector<BpfInstruction> program;
  error.clear();
  CHECK(BpfFilter::compile_for("tcp port 443", 1, &program, &error));
  CHECK(error.empty());
  CHECK(!program.empty());
}

}  // namespace
