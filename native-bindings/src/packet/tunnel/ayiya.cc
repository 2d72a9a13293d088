// AYIYA, anything in anything (draft-massar-v6ops-ayiya-02 §3): lengths of identity and signature, methods, opcode,
// next header, time; then identity, signature and the packet.
#include "../walk.h"

namespace wiretally {
namespace {

constexpr uint8_t kForward = 1;
constexpr uint8_t kIp4 = 4;
constexpr uint8_t kIp6 = 41;

}  // namespace

Layer walk_ayiya(Walk* walk) {
  Cursor cursor(walk->at, walk->captured);
  const uint8_t identity = cursor.u8();
  const uint8_t signature = cursor.u8();
  const uint8_t operation = cursor.u8() & 0x0f;
  const uint8_t next = cursor.u8();
  cursor.skip(4);                             // time
  cursor.skip(size_t{1} << (identity >> 4));  // The length is a power of two.
  cursor.skip(size_t{4} * (signature >> 4));  // The length is in words.
  if (!cursor.ok() || operation != kForward || (next != kIp4 && next != kIp6)) return Layer::kNoMatch;
  return step_into_ip(walk, walk->captured - cursor.remaining(), Encapsulation::kAyiya);
}

}  // namespace wiretally
