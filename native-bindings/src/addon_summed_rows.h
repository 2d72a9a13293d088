// The Node interface of SummedRows.
#pragma once

#include <napi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "logs/summed_rows.h"

namespace wiretally {

class SummedRowsHandle : public Napi::ObjectWrap<SummedRowsHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeSummedRows",
                       {InstanceMethod<&SummedRowsHandle::open>("open"),
                        InstanceMethod<&SummedRowsHandle::set_named>("setNamed"),
                        InstanceMethod<&SummedRowsHandle::set_requests>("setRequests"),
                        InstanceMethod<&SummedRowsHandle::learn>("learn"),
                        InstanceMethod<&SummedRowsHandle::forget>("forget"),
                        InstanceMethod<&SummedRowsHandle::open_window>("openWindow"),
                        InstanceMethod<&SummedRowsHandle::take_hidden>("takeHidden"),
                        InstanceMethod<&SummedRowsHandle::is_waiting>("isWaiting"),
                        InstanceMethod<&SummedRowsHandle::take_waiting>("takeWaiting"),
                        InstanceMethod<&SummedRowsHandle::sum_waiting>("sumWaiting"),
                        InstanceMethod<&SummedRowsHandle::set_gateway>("setGateway"),
                        InstanceMethod<&SummedRowsHandle::set_sessions>("setSessions"),
                        InstanceMethod<&SummedRowsHandle::find_session>("findSession"),
                        InstanceMethod<&SummedRowsHandle::read_session>("readSession"),
                        InstanceMethod<&SummedRowsHandle::remove_session>("removeSession"),
                        InstanceMethod<&SummedRowsHandle::sum_sessions>("sumSessions"),
                        InstanceMethod<&SummedRowsHandle::set_lists>("setLists"),
                        InstanceMethod<&SummedRowsHandle::write_sums>("writeSums"),
                        InstanceMethod<&SummedRowsHandle::learn_class>("learnClass"),
                        InstanceMethod<&SummedRowsHandle::learn_time>("learnTime"),
                        InstanceMethod<&SummedRowsHandle::set_columns>("setColumns"),
                        InstanceMethod<&SummedRowsHandle::take_json>("takeJson"),
                        InstanceMethod<&SummedRowsHandle::take_cells>("takeCells"),
                        InstanceMethod<&SummedRowsHandle::take_columns>("takeColumns"),
                        InstanceMethod<&SummedRowsHandle::take_pairs>("takePairs"),
                        InstanceMethod<&SummedRowsHandle::take_header>("takeHeader")});
  }

  // (columns of sums, totals, taken, length of a window, batch of hidden rows), see NativeSummedRows.
  explicit SummedRowsHandle(const Napi::CallbackInfo& info)
      : ObjectWrap(info),
        rows_(find_sums(info[0].As<Napi::Object>()), array_of<Napi::Float64Array>(info[1], kTotals),
              std::max<int64_t>(info[3].As<Napi::Number>().Int64Value(), 1)),
        taken_(array_of<Napi::Float64Array>(info[2], kTakenNumbers)) {
    for (const size_t own : {0, 1, 2, 4}) keep(info[own]);
    rows_.set_hidden(array_of<Napi::Uint8Array>(info[4], EventWriter::kMinBatchBytes),
                     info[4].As<Napi::Uint8Array>().ByteLength());
  }

 private:
  // TakenRows, by number.
  static constexpr size_t kTakenNumbers = 10;
  // Flags of a state.
  static constexpr uint32_t kHasNames = 1;
  static constexpr uint32_t kMayWait = 2;
  static constexpr uint32_t kReadsKind = 4;
  static constexpr uint32_t kMayHide = 8;
  static constexpr uint32_t kReadRequests = 16;
  static constexpr uint32_t kMayLackRequests = 32;
  // Flags of a gateway.
  static constexpr uint32_t kIsJoined = 1;
  static constexpr uint32_t kIsTwice = 2;
  static constexpr uint32_t kWaits = 4;

  // Returns the memory of an array of at least this length, which TypeScript guarantees.
  template <typename Array>
  static auto array_of(const Napi::Value& value, size_t length) -> decltype(value.As<Array>().Data()) {
    Array array = value.As<Array>();
    if (array.ElementLength() < length) {
      Napi::TypeError::New(value.Env(), "an array that is too short").ThrowAsJavaScriptException();
      return nullptr;
    }
    return array.Data();
  }

  static HostSumColumns find_sums(const Napi::Object& sums) {
    constexpr size_t kMost = HostSumColumns::kMaxSums;
    return {array_of<Napi::Int32Array>(sums.Get("places"), HostSumColumns::kPlaces),
            array_of<Napi::Float64Array>(sums.Get("windows"), kMost),
            array_of<Napi::Int32Array>(sums.Get("hosts"), kMost),
            array_of<Napi::Uint8Array>(sums.Get("hasMac"), kMost),
            array_of<Napi::Float64Array>(sums.Get("numbers"), kMost * HostSumColumns::kWidth),
            array_of<Napi::Int32Array>(sums.Get("count"), 1),
            array_of<Napi::Uint32Array>(sums.Get("addresses"), HostSumColumns::kMaxHosts)};
  }

  static Span span_of(const Napi::Value& value) {
    const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
    return {array.Data(), array.ByteLength()};
  }

  static uint32_t number_of(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

  void keep(const Napi::Value& value) { kept_.push_back(Napi::Persistent(value.As<Napi::Object>())); }

  // (names of each field, forms, longest identifier, tables, by rank): see NativeSummedRows.
  void open(const Napi::CallbackInfo& info) {
    const Napi::Array fields = info[0].As<Napi::Array>();
    const size_t count = fields.Length();
    starts_.resize(count);
    ends_.resize(count);
    written_.resize(count);
    scanner_ = FieldScanner(places(), info[4].As<Napi::Boolean>().Value());
    for (uint32_t field = 0; field < count; ++field) {
      const Napi::Array names = fields.Get(field).As<Napi::Array>();
      for (uint32_t rank = 0; rank < names.Length(); ++rank) {
        scanner_.add_name(names.Get(rank).As<Napi::String>().Utf8Value(), field, rank);
      }
    }
    const Napi::Int16Array forms = info[1].As<Napi::Int16Array>();
    std::vector<RowForm> read;
    for (size_t at = 0; at + kCells < forms.ElementLength(); at += kCells + 1) {
      RowForm form{static_cast<RowKind>(forms[at]), {}};
      std::copy_n(forms.Data() + at + 1, kCells, form.fields.begin());
      read.push_back(form);
    }
    rows_.set_forms(std::move(read));
    rows_.set_max_id(number_of(info[2]));
    const Napi::Object tables = info[3].As<Napi::Object>();
    const auto bits = [&tables](const char* name) {
      return array_of<Napi::Int32Array>(tables.Get(name), ConnectionTables::kBits);
    };
    const auto recent = [&tables](const char* name) {
      return array_of<Napi::Int32Array>(tables.Get(name), ConnectionTables::kRecent);
    };
    tables_ = {bits("answered"),
               bits("open"),
               bits("waiting"),
               bits("readers"),
               array_of<Napi::Int32Array>(tables.Get("counts"), 2),
               recent("beyond"),
               recent("recent"),
               nullptr,
               0,
               nullptr};
    rows_.set_tables(tables_);
    rows_.set_unlisted({array_of<Napi::Int32Array>(tables.Get("unlisted"), 2 * UnlistedNames::kPlaces)});
    keep(tables);
  }

  // (hashes, their count); null for both: the table is full.
  void set_named(const Napi::CallbackInfo& info) {
    if (info[0].IsNull()) {
      tables_.named = nullptr;
    } else {
      Napi::Int32Array named = info[0].As<Napi::Int32Array>();
      tables_.named = named.Data();
      tables_.named_size = named.ElementLength();
      tables_.named_count = array_of<Napi::Int32Array>(info[1], 1);
      named_ = Napi::Persistent(info[0].As<Napi::Object>());
      count_ = Napi::Persistent(info[1].As<Napi::Object>());
    }
    rows_.set_tables(tables_);
  }

  void set_requests(const Napi::CallbackInfo& info) {
    const Napi::Object columns = info[0].As<Napi::Object>();
    const size_t size = columns.Get("hashes").As<Napi::Int32Array>().ElementLength();
    rows_.set_requests({array_of<Napi::Int32Array>(columns.Get("hashes"), size),
                        array_of<Napi::Int32Array>(columns.Get("hosts"), size),
                        array_of<Napi::Float64Array>(columns.Get("times"), size),
                        array_of<Napi::Int32Array>(columns.Get("count"), 1), size});
    requests_ = Napi::Persistent(columns);
  }

  void set_sessions(const Napi::CallbackInfo& info) {
    const Napi::Object places = info[0].As<Napi::Object>();
    rows_.set_sessions({array_of<Napi::Int32Array>(places.Get("next"), 1),
                        array_of<Napi::Int32Array>(places.Get("hashes"), SessionPlaces::kPlaces),
                        array_of<Napi::Uint8Array>(places.Get("owners"), SessionPlaces::kPlaces),
                        array_of<Napi::Int32Array>(places.Get("gone"), ConnectionTables::kRecent)});
    keep(places);
  }

  Napi::Value find_session(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), rows_.find_session(number_of(info[0])));
  }

  static int32_t place_of(const Napi::Value& value) {
    return static_cast<int32_t>(number_of(value) % SessionPlaces::kPlaces);
  }

  Napi::Value read_session(const Napi::CallbackInfo& info) {
    return latin1(info.Env(), rows_.read_session(place_of(info[0])));
  }

  void remove_session(const Napi::CallbackInfo& info) { rows_.remove_session(place_of(info[0])); }

  Napi::Value sum_sessions(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), rows_.sum_sessions());
  }

  // (flags, fields of a class)
  void set_gateway(const Napi::CallbackInfo& info) {
    const uint32_t flags = number_of(info[0]);
    rows_.set_gateway({(flags & kIsJoined) != 0, (flags & kIsTwice) != 0, (flags & kWaits) != 0, fields_of(info[1])});
  }

  // (local networks, those of vendors, listed names); more networks than a list holds are not used
  void set_lists(const Napi::CallbackInfo& info) {
    NetworkList local;
    NetworkList vendors;
    std::string error;
    if (local.parse(texts_of(info[0]), &error) && vendors.parse(texts_of(info[1]), &error)) {
      rows_.set_networks(local, vendors);
    }
    rows_.set_listed(
        std::make_shared<const Watchlist>(texts_of(info[2]), std::vector<std::string>(), std::vector<std::string>()));
  }

  static std::vector<std::string> texts_of(const Napi::Value& value) {
    const Napi::Array array = value.As<Napi::Array>();
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < array.Length(); ++i) texts.push_back(array.Get(i).As<Napi::String>().Utf8Value());
    return texts;
  }

  // (first sum, batch)
  Napi::Value write_sums(const Napi::CallbackInfo& info) {
    const Span batch = span_of(info[1]);
    return Napi::Number::New(info.Env(),
                             static_cast<double>(
                                 rows_.write_sums(number_of(info[0]), const_cast<uint8_t*>(batch.data), batch.size)));
  }

  void learn_class(const Napi::CallbackInfo& info) { rows_.learn_class(number_of(info[0])); }

  void learn_time(const Napi::CallbackInfo& info) { rows_.learn_time(info[0].As<Napi::Number>().Int64Value()); }

  // (forms): for each, the place of its kind, its texts, and its columns.
  void set_columns(const Napi::CallbackInfo& info) {
    const Napi::Array forms = info[0].As<Napi::Array>();
    column_forms_.clear();
    for (uint32_t i = 0; i < forms.Length(); ++i) {
      const Napi::Object form = forms.Get(i).As<Napi::Object>();
      const Napi::Array texts = form.Get("texts").As<Napi::Array>();
      ColumnForm read{number_of(form.Get("place")), {}, fields_of(form.Get("columns"))};
      for (uint32_t at = 0; at < texts.Length(); ++at) {
        read.texts.push_back(texts.Get(at).As<Napi::String>().Utf8Value());
      }
      column_forms_.push_back(std::move(read));
    }
  }

  static std::vector<int16_t> fields_of(const Napi::Value& value) {
    const Napi::Int16Array fields = value.As<Napi::Int16Array>();
    return {fields.Data(), fields.Data() + fields.ElementLength()};
  }

  // (kind, bytes, start, end, flags, host, hash, hash of the canonical form)
  void learn(const Napi::CallbackInfo& info) {
    const Span bytes = span_of(info[1]);
    const size_t end = std::min<size_t>(number_of(info[3]), bytes.size);
    const size_t start = std::min<size_t>(number_of(info[2]), end);
    rows_.learn(static_cast<TextKind>(number_of(info[0])), {bytes.data + start, end - start},
                {number_of(info[4]), info[5].As<Napi::Number>().Int32Value(), number_of(info[6]), number_of(info[7])});
  }

  void forget(const Napi::CallbackInfo& /*info*/) { rows_.forget(); }

  void open_window(const Napi::CallbackInfo& info) { rows_.open_window(info[0].As<Napi::Number>().Int64Value()); }

  Napi::Value take_hidden(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(rows_.take_hidden()));
  }

  // Converts keys and values, whose bytes of any kind are characters of Latin-1.
  static std::string latin1_of(const Napi::Value& value) {
    size_t length = 0;
    napi_get_value_string_latin1(value.Env(), value, nullptr, 0, &length);
    std::string text(length + 1, '\0');
    napi_get_value_string_latin1(value.Env(), value, text.data(), text.size(), &length);
    text.resize(length);
    return text;
  }

  static Napi::Value latin1(Napi::Env env, const std::string& text) {
    napi_value value = nullptr;
    napi_create_string_latin1(env, text.data(), text.size(), &value);
    return {env, value};
  }

  Napi::Value is_waiting(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), rows_.is_waiting(latin1_of(info[0])));
  }

  Napi::Value take_waiting(const Napi::CallbackInfo& info) {
    const std::string packed = rows_.take_waiting(latin1_of(info[0]));
    return packed.empty() ? info.Env().Null() : latin1(info.Env(), packed);
  }

  // (flags, most rows)
  Napi::Value sum_waiting(const Napi::CallbackInfo& info) {
    const uint32_t flags = number_of(info[0]);
    const std::vector<std::string> others = rows_.sum_waiting(state_of(0, flags, 0), number_of(info[1]));
    Napi::Array texts = Napi::Array::New(info.Env(), others.size());
    for (uint32_t i = 0; i < others.size(); ++i) texts.Set(i, latin1(info.Env(), others[i]));
    return texts;
  }

  static ReaderState state_of(size_t form, uint32_t flags, uint8_t separator) {
    return {form,
            (flags & kReadsKind) != 0,
            (flags & kHasNames) != 0,
            (flags & kMayWait) != 0,
            (flags & kMayHide) != 0,
            (flags & kReadRequests) != 0,
            (flags & kMayLackRequests) != 0,
            separator};
  }

  FieldPlaces places() { return {starts_.data(), ends_.data(), written_.data(), starts_.size()}; }

  // (bytes, start, form, flags, separator of answers, …)
  template <typename Read>
  void take(const Napi::CallbackInfo& info, Read read) {
    const Span bytes = span_of(info[0]);
    const ReaderState state = state_of(number_of(info[2]), number_of(info[3]),
                                       static_cast<uint8_t>(number_of(info[4])));
    const TakenRows taken = rows_.take(bytes, number_of(info[1]), state, places(), read);
    const std::array<double, kTakenNumbers> numbers{static_cast<double>(taken.end),
                                                    static_cast<double>(taken.count),
                                                    static_cast<double>(taken.connections.first_us),
                                                    static_cast<double>(taken.connections.last_us),
                                                    static_cast<double>(taken.parts.first_us),
                                                    static_cast<double>(taken.parts.last_us),
                                                    static_cast<double>(taken.need),
                                                    static_cast<double>(taken.need_start),
                                                    static_cast<double>(taken.need_end),
                                                    static_cast<double>(taken.window)};
    std::copy(numbers.begin(), numbers.end(), taken_);
  }

  void take_json(const Napi::CallbackInfo& info) {
    take(info, [this](Span line, size_t start) { return scanner_.json(line, start); });
  }

  // (…, separator, columns, unset, empty)
  void take_cells(const Napi::CallbackInfo& info) {
    const Napi::Int16Array columns = info[6].As<Napi::Int16Array>();
    const CellForm form{info[5].As<Napi::Number>().Int32Value(), span_of(info[7]), span_of(info[8])};
    take(info, [this, &form, fields = columns.Data(), count = columns.ElementLength()](Span line, size_t start) {
      return scanner_.cells(line, start, form, fields, count);
    });
  }

  // (…, separator, may have more columns)
  void take_columns(const Napi::CallbackInfo& info) {
    const auto separator = static_cast<uint8_t>(number_of(info[5]));
    const bool has_more = info[6].As<Napi::Boolean>().Value();
    take(info, [this, separator, has_more](Span line, size_t start) {
      return scanner_.columns(line, start, separator, column_forms_, has_more);
    });
  }

  // (…, separator, mark)
  void take_pairs(const Napi::CallbackInfo& info) {
    const PairForm form{static_cast<uint8_t>(number_of(info[5])), static_cast<uint8_t>(number_of(info[6]))};
    take(info, [this, form](Span line, size_t start) { return scanner_.pairs(line, start, form); });
  }

  void take_header(const Napi::CallbackInfo& info) {
    take(info, [this](Span line, size_t start) { return scanner_.header(line, start); });
  }

  SummedRows rows_;
  double* taken_;
  ConnectionTables tables_;
  std::vector<int32_t> starts_;
  std::vector<int32_t> ends_;
  std::vector<uint8_t> written_;
  FieldScanner scanner_{{}, false};
  std::vector<ColumnForm> column_forms_;
  std::vector<Napi::ObjectReference> kept_;  // Objects to whose memory rows are added.
  Napi::ObjectReference named_;
  Napi::ObjectReference count_;
  Napi::ObjectReference requests_;
};

}  // namespace wiretally
