// captures
// Whole captures, with and without flows of no interest added up: no packet is lost on the way.
#include "decoded.h"

using namespace wiretally;

namespace {

std::shared_ptr<ExportFilter> export_filter_for(const std::shared_ptr<const Watchlist>& watchlist) {
  auto rules = std::make_shared<ExportFilter>();
  std::string error;
  if (!rules->local.parse({"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "fc00::/7", "fe80::/10"}, &error) ||
      !rules->noted.parse({"160.79.104.0/23"}, &error)) {
    std::abort();
  }
  rules->watchlist = rules->names = watchlist;
  return rules;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cost::Ceiling ceiling(size, 2 * cost::kStepsPerByte, 200'000);
  DecoderOptions options = decoded::options_for(1);
  decoded::Said one_by_one;
  decoded::decode_alone(data, size, options, &one_by_one);
  options.export_filter = export_filter_for(options.watchlist);
  decoded::Said added_up;
  decoded::decode_alone(data, size, options, &added_up);
  if (added_up.flow_packets() != one_by_one.flow_packets()) std::abort();
  return 0;
}
