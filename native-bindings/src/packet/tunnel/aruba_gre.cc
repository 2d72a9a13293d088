// Aruba's GRE between access points and their controller: the protocol type names the tunnel, 0x8200 to 0x8370 in steps
// of 0x10, and an 802.11 frame without FCS follows. The form is not published; this is what public analysers
// (Wireshark's list of GRE types, Zeek's GRE analyser) read. Frames that the access point did not decrypt have no ports.
#include "../walk.h"

namespace wiretally {

bool is_aruba_tunnel(uint16_t protocol) { return protocol >= 0x8200 && protocol <= 0x8370 && (protocol & 0x0f) == 0; }

Layer walk_aruba(Walk* walk) { return walk->enter(Encapsulation::kAruba) ? Layer::kWlan : Layer::kMalformed; }

}  // namespace wiretally
