#include "ja3.h"

#include <charconv>

#include "../crypto/digest.h"
#include "grease.h"

namespace wiretally {

namespace {

using Ja3Text = DigestText<Md5>;

void put_number(Ja3Text* text, unsigned value) {
  char* at = text->room();
  text->commit(static_cast<size_t>(std::to_chars(at, at + Ja3Text::kRoom, value).ptr - at));
}

// Numbers joined by dashes, GREASE left out.
class List {
 public:
  explicit List(Ja3Text* text) : text_(text) {}
  void put(uint16_t value) {
    if (is_grease(value)) return;
    if (!first_) text_->put('-');
    first_ = false;
    put_number(text_, value);
  }

 private:
  Ja3Text* text_;
  bool first_ = true;
};

void put_u16_list(Ja3Text* text, Span values) {
  List list(text);
  for (Cursor cursor(values); cursor.remaining() >= 2;) list.put(cursor.be16());
}

}  // namespace

void ja3(const ClientHello& hello, uint8_t md5[16], char* out, size_t* out_length) {
  Ja3Text text;
  text.copy_to(out, kMaxJa3Text);
  put_number(&text, hello.legacy_version);
  text.put(',');
  put_u16_list(&text, hello.ciphers);
  text.put(',');
  List extensions(&text);
  for (size_t i = 0; i < hello.extension_count; ++i) extensions.put(hello.extension_types[i]);
  text.put(',');
  put_u16_list(&text, hello.groups);
  text.put(',');
  List formats(&text);
  for (Cursor cursor(hello.point_formats); !cursor.empty();) formats.put(cursor.u8());
  text.finish(md5);
  if (out_length != nullptr) *out_length = text.copied();
}

}  // namespace wiretally
