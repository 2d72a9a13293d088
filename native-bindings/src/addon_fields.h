// FieldScannerHandle: the Node interface of FieldScanner.
#pragma once

#include <napi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "logs/field_scanner.h"

namespace wiretally {

class FieldScannerHandle : public Napi::ObjectWrap<FieldScannerHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeFieldScanner",
                       {InstanceMethod<&FieldScannerHandle::json>("json"),
                        InstanceMethod<&FieldScannerHandle::columns>("columns"),
                        InstanceMethod<&FieldScannerHandle::cells>("cells"),
                        InstanceMethod<&FieldScannerHandle::pairs>("pairs"),
                        InstanceMethod<&FieldScannerHandle::header>("header")});
  }

  // Arguments, see NativeFieldScanner: names of each field, is ranked, starts, ends, written, lines.
  explicit FieldScannerHandle(const Napi::CallbackInfo& info)
      : ObjectWrap(info), places_(find_places(info)), scanner_(places_, info[1].As<Napi::Boolean>()) {
    for (size_t i = 0; i < arrays_.size(); ++i) arrays_[i] = Napi::Persistent(info[2 + i].As<Napi::Object>());
    Napi::Int32Array lines = info[5].As<Napi::Int32Array>();
    lines_ = lines.Data();
    const Napi::Array fields = info[0].As<Napi::Array>();
    max_lines_ = std::min(lines.ElementLength() / kLineNumbers, most_lines(info, places_.count));
    for (uint32_t field = 0; field < fields.Length(); ++field) {
      const Napi::Array names = fields.Get(field).As<Napi::Array>();
      for (uint32_t rank = 0; rank < names.Length(); ++rank) {
        scanner_.add_name(names.Get(rank).As<Napi::String>().Utf8Value(), field, rank);
      }
    }
  }

 private:
  // Start, end and LineFault of a line.
  static constexpr size_t kLineNumbers = 3;

  static FieldPlaces find_places(const Napi::CallbackInfo& info) {
    return {info[2].As<Napi::Int32Array>().Data(), info[3].As<Napi::Int32Array>().Data(),
            info[4].As<Napi::Uint8Array>().Data(), info[0].As<Napi::Array>().Length()};
  }

  // Returns the number of lines that fit into all arrays.
  static size_t most_lines(const Napi::CallbackInfo& info, size_t fields) {
    return std::min({info[2].As<Napi::Int32Array>().ElementLength(), info[3].As<Napi::Int32Array>().ElementLength(),
                     info[4].As<Napi::Uint8Array>().ElementLength()}) /
           std::max<size_t>(fields, 1);
  }

  static Span span_of(const Napi::Value& value) {
    const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
    return {array.Data(), array.ByteLength()};
  }

  static uint8_t byte_of(const Napi::Value& value) {
    return static_cast<uint8_t>(value.As<Napi::Number>().Uint32Value());
  }

  // Reads the line and the complete lines after it; returns their number. Arguments: bytes, start, end, maximum lines.
  template <typename Read>
  Napi::Value read_lines(const Napi::CallbackInfo& info, Read read) {
    const Span bytes = span_of(info[0]);
    size_t end = std::min<size_t>(info[2].As<Napi::Number>().Uint32Value(), bytes.size);
    size_t start = std::min<size_t>(info[1].As<Napi::Number>().Uint32Value(), end);
    const size_t most = std::min<size_t>(info[3].As<Napi::Number>().Uint32Value(), max_lines_);
    size_t count = 0;
    while (count < most) {
      const FieldPlaces places = places_.at_line(count);
      std::fill_n(places.written, places.count, uint8_t{0});
      scanner_.set_places(places);
      int32_t* line = lines_ + kLineNumbers * count++;
      line[0] = static_cast<int32_t>(start);
      line[1] = static_cast<int32_t>(end);
      line[2] = static_cast<int32_t>(read(Span{bytes.data, end}, start));
      if (!next_line(bytes, &start, &end)) break;
    }
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  }

  // Returns false if no newline ends this line or the next one.
  static bool next_line(Span bytes, size_t* start, size_t* end) {
    size_t at = *end;
    if (at < bytes.size && bytes.data[at] == '\r') ++at;
    if (at >= bytes.size || bytes.data[at] != '\n') return false;
    *start = at + 1;
    const void* found = std::memchr(bytes.data + *start, '\n', bytes.size - *start);
    if (found == nullptr) return false;
    *end = static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes.data);
    if (*end > *start && bytes.data[*end - 1] == '\r') --*end;
    return true;
  }

  Napi::Value json(const Napi::CallbackInfo& info) {
    return read_lines(info, [this](Span line, size_t start) { return scanner_.json(line, start); });
  }

  // Further arguments: separator, columns, has more.
  Napi::Value columns(const Napi::CallbackInfo& info) {
    const Napi::Int16Array columns = info[5].As<Napi::Int16Array>();
    const int16_t* fields = columns.Data();
    const size_t count = columns.ElementLength();
    const uint8_t separator = byte_of(info[4]);
    const bool has_more = info[6].As<Napi::Boolean>();
    return read_lines(info, [=, this](Span line, size_t start) {
      return scanner_.columns(line, start, separator, fields, count, has_more);
    });
  }

  // Further arguments: separator, columns, unset, empty.
  Napi::Value cells(const Napi::CallbackInfo& info) {
    const Napi::Int16Array columns = info[5].As<Napi::Int16Array>();
    const CellForm form{info[4].As<Napi::Number>().Int32Value(), span_of(info[6]), span_of(info[7])};
    const int16_t* fields = columns.Data();
    const size_t count = columns.ElementLength();
    return read_lines(info,
                      [=, this](Span line, size_t start) { return scanner_.cells(line, start, form, fields, count); });
  }

  // Further arguments: separator, mark.
  Napi::Value pairs(const Napi::CallbackInfo& info) {
    const PairForm form{byte_of(info[4]), byte_of(info[5])};
    return read_lines(info, [=, this](Span line, size_t start) { return scanner_.pairs(line, start, form); });
  }

  Napi::Value header(const Napi::CallbackInfo& info) {
    return read_lines(info, [this](Span line, size_t start) { return scanner_.header(line, start); });
  }

  FieldPlaces places_;  // the fields of the first line
  FieldScanner scanner_;
  int32_t* lines_ = nullptr;
  size_t max_lines_ = 0;
  std::array<Napi::ObjectReference, 4> arrays_;  // keeps the arrays of the caller alive
};

}  // namespace wiretally
