// The class of a slice in the account of traffic: whether it was looked into, cannot carry a tool, stays inside, or is hidden.
// No class follows from a port number or from the first bytes of a flow.
#pragma once

#include <cstdint>

#include "../base/event.h"

namespace wiretally {

// What decides on the class of a slice.
struct SliceFacts {
  AppHint hint;
  uint8_t look;    // LookFlags
  uint16_t flags;  // FlowFlags
  bool is_tcp;
  bool has_hello;
  bool has_name;        // in the hello, or the target of a proxy
  bool is_name_hidden;  // the name is that of a relay, of a resolver, or of others
  uint64_t payload_up;
  uint64_t payload_down;
};

TrafficClass class_of(const SliceFacts& slice);
TrafficClass class_of(const FlowRecord& record);

}  // namespace wiretally
