// Reads ChannelData of TURN (RFC 8656 §12.4): a relay and its client carry each other's datagrams in it, DTLS among
// them.
#pragma once

#include "../packet/packet.h"

namespace wiretally {

// True if the whole UDP payload is one ChannelData message: a channel from 0x4000 to 0x4fff, a length, the data, and up
// to three bytes of padding. `inside` is then the same packet with the data as its payload and one more tunnel. The
// form has no signature, so callers must check the data too.
bool open_channel_data(const Packet& packet, Packet* inside);

}  // namespace wiretally
