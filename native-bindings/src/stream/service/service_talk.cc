#include "service_talk.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "../../protocol/http.h"
#include "message_text.h"
#include "socket_reader.h"

namespace wiretally {

namespace {

// The maximum number of requests that wait for their answers: pipelines are short. Beyond it, answers are read without
// requests.
constexpr size_t kMaxWaiting = 32;
// The maximum number of segments of a side that wait for an earlier one.
constexpr size_t kMaxEarly = 16;
constexpr size_t kMaxEarlyBytes = 32'768;
// A flow without a sign is read up to this number of bytes: prompts of agents have some tens of kilobytes.
constexpr uint64_t kMaxSilentBytes = 256 * 1024;
constexpr uint32_t kMaxSilentAnswers = 24;
// The maximum number of answers whose text is read; later ones are only counted.
constexpr uint32_t kMaxTexts = 256;
// The requests of a flow with a sign are counted up to this number.
constexpr uint64_t kMaxBytes = 256ull << 20;

// The maximum number of answers in gzip or deflate that are read: inflating costs more than the bytes on the wire do.
constexpr uint32_t kMaxPackedTexts = 32;

constexpr uint16_t kSwitching = 101;

}  // namespace

struct ServiceTalk::State {
  // A side is one direction.
  class Side final : public HttpTaker {
   public:
    void begin(State* talk, unsigned number) {
      talk_ = talk;
      number_ = number;
    }
    void stand_at(uint32_t seq);
    void on_segment(const Segment& segment);
    void switch_to_socket(bool is_compressed);

    void on_start(std::string_view line) override;
    void on_field(std::string_view name, std::string_view value) override;
    HttpBody on_head_end() override;
    void on_body(Span bytes) override;
    void on_end() override;

   private:
    struct Early {
      uint32_t seq;
      uint32_t extent;
      std::vector<uint8_t> bytes;
      uint32_t end() const { return seq + extent; }
    };
    void place(const Segment& segment);
    void keep_early(const Segment& segment);
    void take(Span bytes, uint32_t extent);
    void lose_place();
    uint32_t& fields();
    void end_packed();

    State* talk_ = nullptr;
    unsigned number_ = 0;
    HttpReader http_;
    SocketReader socket_;
    MessageText text_;
    PackedText packed_;
    std::vector<Early> early_;
    size_t early_bytes_ = 0;
    uint32_t next_ = 0;
    bool is_known_ = false;
    bool is_seeking_ = true;  // searches for the start of a message
    bool is_response_ = false;
    bool is_socket_ = false;
    bool is_read_ = false;    // the text of the current message
    bool is_packed_ = false;  // it is an answer in gzip or deflate
  };

  explicit State(unsigned client) : client_side(static_cast<uint8_t>(client)) {
    sides[0].begin(this, 0);
    sides[1].begin(this, 1);
  }

  ServiceRequest& asked() { return waiting_count == 0 ? no_request : waiting[waiting_first]; }
  ServiceRequest& last_asked() {
    return waiting_count == 0 ? no_request : waiting[(waiting_first + waiting_count - 1) % kMaxWaiting];
  }
  void add_request(std::string_view line);
  void begin_answer(std::string_view line);
  void end_answer();
  void forget_waiting();
  void note_signs();
  void give_up_if_useless();
  void stop() {
    is_over = true;
    is_uncounted = true;
  }

  Side sides[2];
  ServiceRequest waiting[kMaxWaiting];
  size_t waiting_first = 0;
  size_t waiting_count = 0;
  ServiceRequest no_request;
  ServiceAnswer answer;
  uint64_t signs = 0;
  uint64_t bytes_seen = 0;
  uint32_t answers = 0;
  uint32_t requests = 0;  // of the slice
  uint32_t uses = 0;
  uint32_t mcp[5] = {};  // of the slice, by McpMethod
  uint32_t packed = 0;   // answers in gzip or deflate that were read
  SoftwareVersion version;
  uint8_t client_side;
  bool is_client_known = false;
  bool has_requests = false;
  bool is_paired = true;      // each answer is that of the first waiting request
  bool has_news = false;      // something that may be a sign
  bool is_described = false;  // a slice was described
  bool is_uncounted = false;
  bool is_over = false;
};

using State = ServiceTalk::State;

// ---- the stream of one side

void State::Side::stand_at(uint32_t seq) {
  next_ = seq;
  is_known_ = true;
  is_seeking_ = false;
}

void State::Side::on_segment(const Segment& segment) {
  if (!is_seeking_ && seq_before(next_, segment.seq)) {
    keep_early(segment);
  } else {
    place(segment);
  }
  while (!talk_->is_over && !early_.empty() && (is_seeking_ || !seq_before(next_, early_.front().seq))) {
    const Early first = std::move(early_.front());
    early_.erase(early_.begin());
    early_bytes_ -= first.bytes.size();
    place(Segment{first.seq, Span{first.bytes.data(), first.bytes.size()}, first.extent, 0});
  }
}

// Processes a segment at the current position, before it, or anywhere behind a lost one.
void State::Side::place(const Segment& segment) {
  if (is_known_ && !seq_before(next_, segment.end())) return;
  if (is_seeking_) {
    constexpr size_t kMinRequestBytes = 5;
    const bool is_old = is_known_ && seq_before(segment.seq, next_);
    if (is_old || segment.data.size < kMinRequestBytes || !may_begin_http(segment.data)) return;
    http_ = HttpReader();
    stand_at(segment.seq);
  }
  const uint32_t repeated = next_ - segment.seq;
  const size_t skipped = std::min<size_t>(repeated, segment.data.size);
  take(Span{segment.data.data + skipped, segment.data.size - skipped}, segment.extent - repeated);
}

// Stores a segment until those before it arrive; if too many wait, the hole is skipped.
void State::Side::keep_early(const Segment& segment) {
  if (segment.seq - next_ > kMaxHole) return;
  const auto place = std::find_if(early_.begin(), early_.end(),
                                  [&](const Early& other) { return seq_before(segment.seq, other.seq); });
  early_.insert(place, Early{segment.seq, segment.extent,
                             std::vector<uint8_t>(segment.data.data, segment.data.data + segment.data.size)});
  early_bytes_ += segment.data.size;
  if (early_.size() <= kMaxEarly && early_bytes_ <= kMaxEarlyBytes) return;
  const uint32_t until = early_.front().seq;
  if (is_socket_) {
    socket_.stop();
  } else {
    http_.skip(until - next_, this);
    if (http_.is_over()) lose_place();
  }
  next_ = until;
}

// Searches for the start of the next message.
void State::Side::lose_place() {
  is_seeking_ = !is_socket_;
  socket_.stop();
  talk_->is_uncounted = true;
  talk_->forget_waiting();
}

void State::Side::take(Span bytes, uint32_t extent) {
  next_ += extent;
  talk_->bytes_seen += extent;
  const size_t read = is_socket_ ? 0 : http_.read(bytes, this);
  if (is_socket_) {
    const bool is_up = number_ == talk_->client_side;
    socket_.read(Span{bytes.data + read, bytes.size - read}, is_up ? &talk_->asked().words : &talk_->answer.words);
    talk_->has_news = true;
  }
  const uint32_t missing = extent - static_cast<uint32_t>(bytes.size);
  if (missing > 0 && is_socket_) socket_.stop();
  if (missing > 0 && !is_socket_) {
    end_packed();
    http_.skip(missing, this);
  }
  if (!is_socket_ && http_.is_over()) lose_place();
  talk_->note_signs();
  talk_->give_up_if_useless();
}

void State::Side::switch_to_socket(bool is_compressed) {
  is_socket_ = true;
  if (is_compressed) socket_.stop();
}

// ---- its messages

uint32_t& State::Side::fields() { return is_response_ ? talk_->answer.fields : talk_->last_asked().fields; }

void State::Side::on_start(std::string_view line) {
  is_response_ = line.substr(0, 5) == "HTTP/";
  const uint8_t client = static_cast<uint8_t>(is_response_ ? 1 - number_ : number_);
  if (talk_->is_client_known && client != talk_->client_side) talk_->stop();
  talk_->client_side = client;
  talk_->is_client_known = true;
  text_ = MessageText();
  is_packed_ = false;
  if (is_response_) {
    talk_->begin_answer(line);
  } else {
    talk_->add_request(line);
  }
}

void State::Side::on_field(std::string_view name, std::string_view value) {
  fields() |= service_field_of(name, value, fields());
  if (is_response_) read_service_version(name, value, &talk_->answer.field_version);
}

HttpBody State::Side::on_head_end() {
  is_read_ = (fields() & (kFieldReadable | kFieldUnreadable)) == kFieldReadable && talk_->answers < kMaxTexts;
  if (talk_->is_over) return HttpBody::kStop;
  if (!is_response_) {
    talk_->last_asked().is_whole = talk_->waiting_count > 0;
    is_read_ = is_read_ && (fields() & kFieldDeflate) == 0;
    return HttpBody::kDeclared;
  }
  const ServiceRequest& request = talk_->asked();
  if ((fields() & kFieldDeflate) != 0) {
    is_packed_ = is_read_ = is_read_ && talk_->packed++ < kMaxPackedTexts;
    packed_ = PackedText();
    if (!is_packed_) fields() |= kFieldUnreadable;
  }
  ++talk_->mcp[static_cast<size_t>(mcp_method_of(request, talk_->answer))];
  const uint16_t status = talk_->answer.status;
  talk_->has_news = true;
  if (is_service_use(request, talk_->answer)) ++talk_->uses;
  if (status == kSwitching) {
    if ((talk_->answer.fields & kFieldWebSocket) == 0) {
      talk_->stop();
      return HttpBody::kStop;
    }
    const bool is_compressed = (talk_->answer.fields & kFieldCompressed) != 0;
    for (Side& side : talk_->sides) side.switch_to_socket(is_compressed);
    return HttpBody::kStop;
  }
  // RFC 9112 §6.3.
  const bool is_empty = status < 200 || status == 204 || status == 304 || request.is_head;
  return is_empty ? HttpBody::kNone : HttpBody::kDeclared;
}

void State::Side::on_body(Span bytes) {
  if (!is_read_) return;
  if (is_response_) talk_->has_news = true;
  if (is_packed_) {
    if (!packed_.add(bytes, &talk_->answer)) fields() |= kFieldUnreadable;
    return;
  }
  uint8_t lines = 0;
  SoftwareVersion of_client;
  text_.read(bytes, is_response_ ? &talk_->answer.words : &talk_->last_asked().words, &lines,
             is_response_ ? &talk_->answer.text_version : &of_client);
  if (is_response_) talk_->answer.lines |= lines;
}

void State::Side::end_packed() {
  if (is_response_ && is_packed_ && !packed_.end(&talk_->answer)) fields() |= kFieldUnreadable;
  is_packed_ = false;
  talk_->has_news = true;
}

void State::Side::on_end() {
  if (is_packed_) end_packed();
  if (is_response_ && talk_->answer.status >= 200) talk_->end_answer();
}

// ---- requests and answers

void State::add_request(std::string_view line) {
  ++requests;
  has_requests = true;
  const size_t space = line.find(' ');
  const std::string_view method = line.substr(0, space);
  std::string_view target = line.substr(space + 1);
  target = target.substr(0, target.find(' '));
  // A request to a proxy is not a request to the service at this address.
  if (target.empty() || (target[0] != '/' && target != "*")) {
    stop();
    return;
  }
  if (waiting_count == kMaxWaiting) {
    is_paired = false;
    waiting_count = 0;
  }
  if (!is_paired) {
    no_request = ServiceRequest();
    return;
  }
  ServiceRequest& request = waiting[(waiting_first + waiting_count++) % kMaxWaiting];
  request = ServiceRequest();
  request.route = service_route_of(target);
  // A truncated target may have a key behind its end.
  const bool may_have_key = line.size() >= HttpReader::kMaxLine || has_key_in_query(target);
  if (may_have_key) request.fields = kFieldCredentials;
  request.is_head = method == "HEAD";
  request.is_read = request.is_head || method == "GET" || method == "OPTIONS";
}

void State::begin_answer(std::string_view line) {
  answer = ServiceAnswer();
  answer.status = read_http_status(Span{reinterpret_cast<const uint8_t*>(line.data()), line.size()});
}

void State::end_answer() {
  note_signs();
  ++answers;
  answer = ServiceAnswer();
  if (waiting_count == 0) return;
  waiting_first = (waiting_first + 1) % kMaxWaiting;
  --waiting_count;
}

// Answers can no longer be paired with requests.
void State::forget_waiting() {
  waiting_count = 0;
  no_request = ServiceRequest();
  answer = ServiceAnswer();
}

void State::note_signs() {
  if (!has_news) return;
  has_news = false;
  if (answer.status == 0) return;
  signs |= service_signs_of(asked(), answer);
  const SoftwareVersion stated = service_version_of(asked(), answer);
  if (stated.count != 0) version = stated;
}

void State::give_up_if_useless() {
  const bool is_silent = signs == 0 && (bytes_seen > kMaxSilentBytes || answers > kMaxSilentAnswers);
  if (is_silent || bytes_seen > kMaxBytes) stop();
}

// ---- the talk

ServiceTalk::ServiceTalk(unsigned client_side, uint32_t* count)
    : state_(std::make_unique<State>(client_side)), count_(count) {
  ++*count_;
}
ServiceTalk::~ServiceTalk() { --*count_; }

void ServiceTalk::start_at(unsigned side, uint32_t seq) { state_->sides[side].stand_at(seq); }

void ServiceTalk::on_segment(unsigned side, const Segment& segment) {
  if (!state_->is_over) state_->sides[side].on_segment(segment);
}

void ServiceTalk::stop() {
  if (!state_->is_over) state_->stop();
}

bool ServiceTalk::is_reading() const { return !state_->is_over; }
bool ServiceTalk::has_signs() const { return state_->signs != 0; }
bool ServiceTalk::has_requests() const { return state_->has_requests; }
unsigned ServiceTalk::client_side() const { return state_->client_side; }

uint16_t ServiceTalk::take(ServiceRecord* record) {
  record->signs = state_->signs;
  record->requests = state_->requests;
  record->uses = state_->uses;
  record->mcp_sessions = state_->mcp[static_cast<size_t>(McpMethod::kSession)];
  record->mcp_lists = state_->mcp[static_cast<size_t>(McpMethod::kList)];
  record->mcp_reads = state_->mcp[static_cast<size_t>(McpMethod::kRead)];
  record->mcp_calls = state_->mcp[static_cast<size_t>(McpMethod::kCall)];
  std::fill(state_->mcp, state_->mcp + std::size(state_->mcp), 0u);
  record->version_parts = state_->version.count;
  std::copy(state_->version.parts, state_->version.parts + 3, record->version);
  const uint16_t flags = static_cast<uint16_t>((state_->is_described ? 0 : kServiceFirst) |
                                               (state_->is_uncounted ? kServiceUncounted : 0));
  state_->requests = state_->uses = 0;
  state_->is_described = true;
  return flags;
}

}  // namespace wiretally
