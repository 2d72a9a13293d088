// NetBIOS name service (RFC 1002 §4.2): registrations and answers that give a host its workstation name.
#pragma once

#include "../../base/cursor.h"
#include "host_observation.h"

namespace wiretally {

// Reads a UDP payload to or from port 137; only unique names with the workstation (0x00) or server (0x20) suffix.
bool parse_nbns(Span payload, HostObservations* out);

}  // namespace wiretally
