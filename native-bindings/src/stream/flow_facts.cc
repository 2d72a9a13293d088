#include "flow_facts.h"

#include <cstring>

namespace wiretally {

unsigned side_of(const Endpoints& ends) {
  const int order = memcmp(ends.source, ends.destination, sizeof ends.source);
  return order > 0 || (order == 0 && ends.source_port > ends.destination_port) ? 1 : 0;
}

}  // namespace wiretally
