// DNS messages: names and their compression, chains, addresses, HTTPS records, and malformed messages.
#include "../../native-bindings/src/protocol/dns.h"
#include "../../native-bindings/src/protocol/dns_need.h"

#include <doctest/doctest.h>

#include "dns_builder.h"

using namespace wiretally;
using bytes::Bytes;

namespace {

DnsMessage message;

bool parses(const Bytes& of) {
  const bytes::Prefix exact(of, of.size());
  return parse_dns(exact.span(), &message);
}
std::string query() { return std::string(message.query.text, message.query.length); }
std::string chain() {
  std::string out(message.cnames, message.cnames_length);
  for (char& c : out) c = c == 0 ? ' ' : c;
  return out;
}
std::string addresses() {
  std::string out;
  for (size_t i = 0; i < message.a_count; ++i) out += bytes::to_hex(message.a[i], 4) + ' ';
  for (size_t i = 0; i < message.aaaa_count; ++i) out += bytes::to_hex(message.aaaa[i], 16) + ' ';
  return out;
}

TEST_CASE("a question is read") {
  DnsBuilder dns(0x0100);
  dns.question("API.Anthropic.COM", 28);
  CHECK(parses(dns.build()));
  CHECK(!message.is_response);
  CHECK_EQ(query(), "api.anthropic.com");
  CHECK_EQ(message.query_type, 28);
  CHECK_EQ(message.question_count, 1);
}

TEST_CASE("a chain is followed from the query name") {
  DnsBuilder dns;
  dns.question("www.example.com", 1);
  dns.cname("www.example.com", "edge.example.net", 300);
  dns.cname("edge.example.net", "node.example.org", 30);
  dns.address("node.example.org", "c0000201", 60);
  dns.address("node.example.org", "c0000202", 20);
  dns.address("other.example.org", "c0000203", 5);  // unrelated to the query name
  dns.address("www.example.com", "20010db8000000000000000000000001", 90);
  CHECK(parses(dns.build()));
  CHECK(message.is_response);
  CHECK_EQ(chain(), "edge.example.net node.example.org");
  CHECK_EQ(addresses(), "c0000201 c0000202 20010db8000000000000000000000001 ");
  CHECK_EQ(message.min_ttl_seconds, 20u);
}

TEST_CASE("a chain in the wrong order is followed too") {
  DnsBuilder dns;
  dns.question("a.example", 1);
  dns.address("c.example", "c0000201", 60).cname("b.example", "c.example", 60).cname("a.example", "b.example", 60);
  CHECK(parses(dns.build()));
  CHECK_EQ(chain(), "b.example c.example");
  CHECK_EQ(addresses(), "c0000201 ");
  DnsBuilder loop;
  loop.question("a.example", 1);
  loop.cname("a.example", "b.example", 60).cname("b.example", "a.example", 60);
  CHECK(parses(loop.build()));
  CHECK_EQ(chain(), "b.example");
}

TEST_CASE("compressed names are read") {
  DnsBuilder dns;
  dns.question("www.example.com", 1);
  Bytes answer = bytes::hex("c00c 0005 0001 0000003c 0006 03 637561 c010");  // cua.example.com
  bytes::add(&answer, bytes::hex("c02d 0001 0001 0000003c 0004 c0000207"));
  dns.raw_answer(answer, 2);
  CHECK(parses(dns.build()));
  CHECK_EQ(chain(), "cua.example.com");
  CHECK_EQ(addresses(), "c0000207 ");
}

TEST_CASE("https records give hints and ech") {
  DnsBuilder dns;
  dns.question("example.com", 65);
  dns.record("example.com", 65, 300,
             bytes::hex("0001 00 0001 0003 026832 0004 0008 c0000201c0000202 0005 0002 0000 0006 0010"
                        "20010db8000000000000000000000001"));
  CHECK(parses(dns.build()));
  CHECK((message.carries_ech && message.has_https_answer));
  CHECK_EQ(message.ech_ttl_seconds, 300u);
  CHECK_EQ(addresses(), "c0000201 c0000202 20010db8000000000000000000000001 ");
  DnsBuilder several;
  several.question("example.com", 65).record("example.com", 65, 90, bytes::hex("0001 00 0005 0001 00"));
  several.record("example.com", 65, 60, bytes::hex("0002 00 0005 0001 00"));
  several.record("example.com", 65, 5, bytes::hex("0003 00"))
      .record("other.net", 65, 1, bytes::hex("0001 00 0005 0001 00"));
  CHECK(parses(several.build()));
  CHECK_EQ(message.ech_ttl_seconds, 60u);  // of this name, with a configuration
  DnsBuilder large;
  large.question("example.com", 65).record("example.com", 65, 0x80000000, bytes::hex("0001 00 0005 0001 00"));
  CHECK(parses(large.build()));
  CHECK((message.carries_ech && message.ech_ttl_seconds == 0));  // RFC 2181 section 8
  DnsBuilder alias;
  alias.question("example.com", 65);
  Bytes data = bytes::hex("0000");
  bytes::add(&data, DnsBuilder::name("pool.example.net"));
  alias.record("example.com", 65, 300, data).address("pool.example.net", "c0000209", 60);
  CHECK(parses(alias.build()));
  CHECK(!message.carries_ech);
  CHECK_EQ(message.ech_ttl_seconds, 0u);
  CHECK_EQ(chain(), "pool.example.net");
  CHECK_EQ(addresses(), "c0000209 ");
  DnsBuilder beyond;
  beyond.question("example.com", 65);
  beyond.record("example.com", 65, 300, bytes::hex("0001 00 0001 0009 026832"));
  CHECK(!parses(beyond.build()));
}

TEST_CASE("records next to answers are tolerated") {
  DnsBuilder dns(0x8180);
  dns.question("a.example", 1).address("a.example", "c0000201", 60);
  dns.record("a.example", 16, 60, bytes::hex("03 616263"));   // TXT
  dns.record("a.example", 1, 60, bytes::hex("c0000299"), 3);  // CHAOS
  dns.additional(bytes::hex("00 0029 1000 00000000 0000"));   // EDNS
  CHECK(parses(dns.build()));
  CHECK_EQ(addresses(), "c0000201 ");
  DnsBuilder failed(0x8183);
  failed.question("nowhere.example", 1);
  CHECK(parses(failed.build()));
  CHECK_EQ(message.rcode, 3);
  DnsBuilder update(0xa800);
  update.question("zone.example", 6);
  CHECK(parses(update.build()));
  CHECK_EQ(message.question_count, 0);
  DnsBuilder cut(0x8380);
  cut.question("a.example", 1);
  CHECK((parses(cut.build()) && message.is_truncated));
}

TEST_CASE("names keep odd bytes apart") {
  const struct {
    const char* name;
    const char* wire;
    const char* text;  // null: malformed
  } cases[] = {
      {"the root", "00", ""},
      {"letters in lower case", "03 414243 01 5a 00", "abc.z"},
      {"a dot inside a label", "03 612e62 00", "a\\046b"},
      {"a zero byte and a backslash", "03 005c ff 00", "\\000\\092\\255"},
      {"an underscore and a dash", "05 5f612d6231 00", "_a-b1"},
      {"no end", "03 616263", nullptr},
      {"a label beyond the message", "09 616263 00", nullptr},
      {"a pointer to itself", "c000", nullptr},
      {"a pointer forwards", "c004 0000 00", nullptr},
      {"half a pointer", "c0", nullptr},
      {"an obsolete label type", "41 61 00", nullptr},
  };
  for (const auto& one : cases) {
    const Bytes wire = bytes::hex(one.wire);
    const bytes::Prefix exact(wire, wire.size());
    DnsName name;
    size_t end = 0;
    const bool ok = read_dns_name(exact.span(), 0, &name, &end);
    INFO(one.name);
    CHECK_EQ(ok, one.text != nullptr);
    if (ok) CHECK_EQ(std::string(name.text, name.length), one.text);
    if (ok) CHECK_EQ(end, wire.size());
    skip_dns_name(exact.span(), 0);
  }
  DnsName name;
  const Bytes loop = bytes::hex("01 61 c004 01 62 c000");  // two names that end in each other
  CHECK(!read_dns_name(bytes::span(loop), 4, &name, nullptr));
  Bytes longest;
  for (int i = 0; i < 5; ++i) bytes::add(&longest, Bytes(1, 63)), bytes::add(&longest, Bytes(63, 1));
  longest.push_back(0);
  CHECK(!read_dns_name(bytes::span(longest), 0, &name, nullptr));
  CHECK(read_dns_name(bytes::span(longest), 128, &name, nullptr));
  CHECK_EQ(name.length, 3u * 63 * 4 + 2);
}

TEST_CASE("lists have ceilings") {
  DnsBuilder dns;
  dns.question("a.example", 1);
  for (int i = 0; i < 300; ++i) dns.address("a.example", "c0000201", 60);
  CHECK(parses(dns.build()));
  CHECK_EQ(message.a_count, kMaxDnsAddresses);
  DnsBuilder chained;
  chained.question("0.example", 1);
  for (int i = 0; i < 300; ++i) chained.cname(std::to_string(i) + ".example", std::to_string(i + 1) + ".example", 1);
  CHECK(parses(chained.build()));
  CHECK(message.cnames_length <= kMaxDnsCnameBytes);
  Bytes lying = DnsBuilder().question("a.example", 1).build();
  lying[6] = 0xff;
  CHECK(!parses(lying));
  CHECK_EQ(query(), "a.example");  // records before the fault
}

TEST_CASE("every prefix is refused") {
  DnsBuilder dns;
  dns.question("www.example.com", 65).cname("www.example.com", "edge.example.net", 300);
  dns.record("edge.example.net", 65, 300, bytes::hex("0001 00 0001 0003 026832 0005 0002 0000"));
  dns.address("edge.example.net", "c0000201", 60);
  const Bytes whole = dns.build();
  CHECK(parses(whole));
  for (size_t size = 0; size < whole.size(); ++size) {
    const bytes::Prefix prefix(whole, size);
    CHECK(!parse_dns(prefix.span(), &message));
  }
}

TEST_CASE("texts of every prefix are within it") {
  DnsBuilder dns;
  dns.question("a.b.example", 16).record("a.b.example", 16, 0, bytes::hex("04 61626364"));
  dns.record("a.b.example", 16, 0, bytes::hex("04 61626365"));
  const Bytes whole = dns.build();
  CHECK(parses(whole));
  CHECK_EQ(need_of(message, bytes::span(whole)).text_bytes, 10);
  for (size_t size = 0; size < whole.size(); ++size) {
    const bytes::Prefix prefix(whole, size);
    parse_dns(prefix.span(), &message);
    CHECK(need_of(message, prefix.span()).text_bytes <= size);
  }
}

TEST_CASE("what names carry is counted below their zone") {
  const auto need = [](const std::string& name) {
    const Bytes whole = DnsBuilder().question(name, 1).build();
    CHECK(parses(whole));
    return need_of(message, bytes::span(whole));
  };
  CHECK_EQ(need("example.com").name_bytes, 0);
  CHECK_EQ(need("www.example.com").name_bytes, 1);
  CHECK_EQ(need("0123456789abcdef0123.t.example.com").name_bytes, 9);
  CHECK_EQ(need("7.113.0.203.in-addr.arpa").name_bytes, 1);
  CHECK_EQ(need("a.example.com").zone, need("b.c.example.com").zone);
  CHECK_EQ(need("a.example.co.uk").zone, need("b.example.co.uk").zone);
  CHECK(need("a.example.co.uk").zone != need("a.other.co.uk").zone);
  CHECK(need("a.example.com").content != need("b.example.com").content);
}

}  // namespace
