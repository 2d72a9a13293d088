// Lines of hellos: escapes, instants, and every prefix of a record. test/unit/native/hello-lines.test.ts compares them with a
// second reading.
#include "../../native-bindings/src/output/hello_line.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "../../native-bindings/src/base/event.h"
#include "bytes.h"

using namespace wiretally;

namespace {

bytes::Bytes record_at(int64_t ts_ns) {
  HelloRecord record{};
  record.ts_ns = ts_ns;
  record.ip_version = 4;
  record.sni_length = 3;
  record.alpn_length = 3;
  record.versions_length = 4;
  record.ja3_length = 3;
  record.tunnel_length = 9;
  record.vlan_length = 2;
  std::memcpy(record.ja4, "t13", 3);
  std::memset(record.family, 'f', sizeof record.family);  // without a zero
  bytes::Bytes out(sizeof record);
  std::memcpy(out.data(), &record, sizeof record);
  bytes::add_text(&out,
                  "a\"\xe9\x02h2\x03\x04\x03\x03"
                  "771gre/vxlan");
  out.push_back(7);
  out.push_back(0);
  return out;
}

std::string line_of(const bytes::Bytes& record) {
  const bytes::Prefix whole(record, record.size());
  std::string line;
  HelloLines().append(whole.span(), "\"a.pcap\"", &line);
  return line;
}

std::string instant_at(int64_t ns) {
  const std::string line = line_of(record_at(ns));
  const size_t at = line.find("\"ts\":\"") + 6;
  return line.substr(at, line.find('"', at) - at);
}

}  // namespace

TEST_CASE("the line of a hello has every field") {
  CHECK_EQ(line_of(record_at(0)),
           "{\"file\":\"a.pcap\",\"ts\":\"1970-01-01T00:00:00.000000Z\",\"src_ip\":\"0.0.0.0\",\"src_port\":0,"
           "\"dst_ip\":\"0.0.0.0\",\"dst_port\":0,\"transport\":\"tcp\",\"sni\":\"a\\\"\\\\xe9\",\"alpn\":[\"h2\"],"
           "\"legacy_version\":0,\"supported_versions\":[772,771],\"ja3\":\"771\","
           "\"ja3_hash\":\"00000000000000000000000000000000\",\"ja4\":\"t13\",\"family\":\"" +
               std::string(40, 'f') +
               "\",\"ech\":\"none\",\"hello_bytes\":0,\"segments\":0,\"vlan\":[7],\"tunnel\":[\"gre\",\"vxlan\"],"
               "\"retry\":false}\n");
}

TEST_CASE("a kept program does not change the line of a repeated or of another hello") {
  const bytes::Bytes first = record_at(0);
  bytes::Bytes others[7];
  size_t count = 0;
  const auto change = [&](size_t at) {
    bytes::Bytes& other = others[count++] = first;
    other[at] ^= 1;
  };
  change(offsetof(HelloRecord, legacy_version));
  change(offsetof(HelloRecord, ja3_md5));
  change(offsetof(HelloRecord, ja4));
  change(offsetof(HelloRecord, family));
  // Bytes move from one list to the next.
  bytes::Bytes& moved = others[count++] = first;
  moved[offsetof(HelloRecord, versions_length)] -= 2;
  moved[offsetof(HelloRecord, ja3_length)] += 2;
  change(sizeof(HelloRecord) + 4);  // ALPN
  change(sizeof(HelloRecord) + 7);  // a version
  HelloLines lines;
  for (unsigned round = 0; round < 2; ++round) {
    for (const bytes::Bytes& record :
         {first, others[0], others[1], others[2], others[3], others[4], others[5], others[6]}) {
      const bytes::Prefix whole(record, record.size());
      std::string line;
      lines.append(whole.span(), "\"a.pcap\"", &line);
      CHECK_EQ(line, line_of(record));
    }
  }
}

TEST_CASE("instants of lines are exact from 1677 to 2262") {
  CHECK_EQ(instant_at(-1), "1969-12-31T23:59:59.999999Z");
  CHECK_EQ(instant_at(951'782'399'999'999'999), "2000-02-28T23:59:59.999999Z");
  CHECK_EQ(instant_at(951'782'400'000'000'000), "2000-02-29T00:00:00.000000Z");
  CHECK_EQ(instant_at(4'107'542'400'000'000'000), "2100-03-01T00:00:00.000000Z");
  CHECK_EQ(instant_at(INT64_MAX), "2262-04-11T23:47:16.854775Z");
  CHECK_EQ(instant_at(INT64_MIN), "1677-09-21T00:12:43.145224Z");
}

TEST_CASE("a prefix of a record has no line") {
  const bytes::Bytes record = record_at(1);
  for (size_t size = 0; size < record.size(); ++size) {
    const bytes::Prefix prefix(record, size);
    std::string line = "before";
    CHECK_FALSE(HelloLines().append(prefix.span(), "\"\"", &line));
    CHECK_EQ(line, "before");
    CHECK_EQ(file_of_hello(prefix.span()), 0);
  }
}
