// Fields of log lines: every prefix of a line, and what no line may do. test/unit/reading/logs/json-fields.test.ts compares them
// with JSON.parse.
#include "../../native-bindings/src/logs/field_scanner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"

using namespace wiretally;

namespace {

constexpr size_t kFields = 3;

struct Scan {
  int32_t starts[kFields] = {};
  int32_t ends[kFields] = {};
  uint8_t written[kFields] = {};
  FieldScanner scanner{{starts, ends, written, kFields}, true};

  Scan() {
    scanner.add_name("tls_sni", 0, 0);
    scanner.add_name("name", 0, 1);
    scanner.add_name("src_ip", 1, 0);
    scanner.add_name("header_class", 2, 0);
    scanner.add_name("beyond", kFields, 0);
  }
};

std::string value_of(const Scan& scan, size_t field, std::string_view line) {
  if (scan.written[field] == 0) return "";
  return std::string(
      line.substr(static_cast<size_t>(scan.starts[field]), static_cast<size_t>(scan.ends[field] - scan.starts[field])));
}

using Read = std::function<LineFault(FieldScanner&, Span)>;

// Reads each prefix of the line from memory that ends with it.
void check_prefixes(std::string_view text, const Read& read) {
  const bytes::Bytes line(text.begin(), text.end());
  for (size_t size = 0; size <= line.size(); ++size) {
    const bytes::Prefix prefix(line, size);
    Scan scan;
    read(scan.scanner, prefix.span());
    for (size_t field = 0; field < kFields; ++field) {
      if (scan.written[field] == 0) continue;
      CHECK(scan.starts[field] >= 0);
      CHECK(scan.starts[field] <= scan.ends[field]);
      CHECK(static_cast<size_t>(scan.ends[field]) <= size);
    }
  }
}

constexpr std::string_view kJson =
    R"( {"tls" : {"s\u006ei":"a\"b", "x":[1,{"y":"]"}]}, "none":null,"src-ip":1.5e3,"o":{"p":{}}, "":true} )";
constexpr std::string_view kCef = R"(<1>Nov 16 CEF:0|v|p\|q|1|"class"|n|5|name=a b\=c src ip=1 src_ip=10.0.0.1 x=)";
constexpr std::string_view kLeef = "LEEF:2.0|v|p|1|event|0x5e|name=a^src_ip=\"10.0.0.1\"^x=";

}  // namespace

TEST_CASE("a line of JSON, and every prefix of it") {
  Scan scan;
  CHECK(scan.scanner.json(bytes::Prefix({kJson.begin(), kJson.end()}, kJson.size()).span(), 0) == LineFault::kNone);
  CHECK(value_of(scan, 0, kJson) == R"(a\"b)");
  CHECK(scan.written[0] == static_cast<uint8_t>(Written::kEscaped));
  CHECK(value_of(scan, 1, kJson) == "1.5e3");
  for (size_t size = 0; size + 1 < kJson.size(); ++size) {
    Scan cut;
    const bytes::Prefix prefix({kJson.begin(), kJson.end()}, size);
    CHECK(cut.scanner.json(prefix.span(), 0) != LineFault::kNone);
  }
  check_prefixes(kJson, [](FieldScanner& scanner, Span line) { return scanner.json(line, 0); });
}

TEST_CASE("every prefix of cells, and cells that are absent") {
  constexpr int16_t kColumns[] = {-1, 0, 1, 99};
  constexpr std::string_view kCells = "x\t-\t\"b\" \t";
  const auto span_of = [](std::string_view text) {
    return Span{reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  };
  const CellForm form{'\t', span_of("-"), span_of("(empty)")};
  check_prefixes(kCells, [&](FieldScanner& scanner, Span line) { return scanner.cells(line, 0, form, kColumns, 4); });
  check_prefixes(kCells, [&](FieldScanner& scanner, Span line) {
    return scanner.cells(line, 0, {-1, span_of("x"), {}}, kColumns, 1);
  });
  Scan scan;
  CHECK(scan.scanner.cells(span_of(kCells), 0, form, kColumns, 4) == LineFault::kNone);
  CHECK(scan.written[0] == 0);
  CHECK(value_of(scan, 1, kCells) == "\"b\" ");
  CHECK(scan.scanner.cells(span_of(kCells), 0, form, kColumns, 3) == LineFault::kMoreColumns);
  CHECK(scan.scanner.cells(span_of("x\ty"), 0, form, kColumns, 4) == LineFault::kFewerColumns);
}

TEST_CASE("every prefix of columns, pairs, CEF and LEEF") {
  const auto span_of = [](std::string_view text) {
    return Span{reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  };
  constexpr int16_t kColumns[] = {-1, 0, 1, 99};
  check_prefixes(R"(x, "a ""b"",c" ,- , y)", [&](FieldScanner& scanner, Span line) {
    return scanner.columns(line, 0, ',', kColumns, 4, line.size % 2 == 0);
  });
  for (const PairForm form : {PairForm{}, PairForm{',', '='}, PairForm{';', ':'}}) {
    check_prefixes(R"(x[1]: [x@1 y="z:"] [name:"a;b"; src_ip="1\"2" "name=q" name= src_ip=1,name=-)",
                   [&](FieldScanner& scanner, Span line) { return scanner.pairs(line, 0, form); });
  }
  for (const std::string_view text : {kCef, kLeef, std::string_view("LEEF:1.0|v|p|1|event|name=a|src_ip=b")}) {
    check_prefixes(text, [](FieldScanner& scanner, Span line) { return scanner.header(line, 0); });
  }
  Scan scan;
  // Brackets of a program and of RFC 5424 in front of those of the pairs.
  for (const std::string_view head : {"", "x[1]: ", "1 - [x@1 y=\"z\"] ", "[", "[:\"", "[a:b] "}) {
    const std::string line = std::string(head) + R"([name:"a"; src_ip:"10.0.0.1"])";
    CAPTURE(line);
    Scan pairs;
    CHECK(pairs.scanner.pairs(span_of(line), 0, {';', ':'}) == LineFault::kNone);
    CHECK(value_of(pairs, 0, line) == "a");
    CHECK(value_of(pairs, 1, line) == "10.0.0.1");
  }
  CHECK(scan.scanner.header(bytes::Prefix({kCef.begin(), kCef.end()}, kCef.size()).span(), 0) == LineFault::kNone);
  CHECK(value_of(scan, 0, kCef) == R"(a b\=c src)");
  CHECK(value_of(scan, 1, kCef) == "10.0.0.1");
  CHECK(value_of(scan, 2, kCef) == "class");
}

TEST_CASE("objects and lists have at most 32 levels") {
  for (const size_t levels : {size_t{31}, size_t{32}, size_t{33}, size_t{10'000'000}}) {
    for (const char kind : {'{', '['}) {
      std::string line = R"({"x":)";
      const std::string open = kind == '{' ? R"({"y":)" : "[";
      for (size_t i = 1; i < levels; ++i) line += open;
      line += "1";
      for (size_t i = 1; i < levels; ++i) line += kind == '{' ? '}' : ']';
      line += '}';
      Scan scan;
      const Span bytes{reinterpret_cast<const uint8_t*>(line.data()), line.size()};
      // The list is not within a list.
      const size_t most = kind == '{' ? 32 : 33;
      CHECK(scan.scanner.json(bytes, 0) == (levels <= most ? LineFault::kNone : LineFault::kTooDeep));
    }
  }
}

TEST_CASE("the value of the preferred name counts, in any order") {
  for (const std::string_view line : {R"({"name":"b","tls.sni":"a"})", R"({"tls.sni":"a","name":"b"})"}) {
    Scan scan;
    scan.scanner.json({reinterpret_cast<const uint8_t*>(line.data()), line.size()}, 0);
    CHECK(value_of(scan, 0, line) == "a");
  }
}

TEST_CASE("each of a thousand names is found, and the first field of a name counts") {
  constexpr size_t kNames = 1000;
  std::vector<int32_t> starts(kNames);
  std::vector<int32_t> ends(kNames);
  std::vector<uint8_t> written(kNames);
  FieldScanner scanner{{starts.data(), ends.data(), written.data(), kNames}, false};
  std::string line = "{";
  for (size_t i = 0; i < kNames; ++i) {
    const std::string name = "field_" + std::to_string(i);
    scanner.add_name(name, i, 0);
    scanner.add_name(name, 0, 1);
    line += (i == 0 ? "\"" : ",\"") + name + "\":" + std::to_string(i) + ",\"other_" + std::to_string(i) + "\":7";
  }
  line += "}";
  REQUIRE(scanner.json({reinterpret_cast<const uint8_t*>(line.data()), line.size()}, 0) == LineFault::kNone);
  for (size_t i = 0; i < kNames; ++i) {
    const auto start = static_cast<size_t>(starts[i]);
    CHECK(line.substr(start, static_cast<size_t>(ends[i]) - start) == std::to_string(i));
  }
}
