// TlsObserver: processing of single records.
#include "tls_observer.h"

namespace wiretally {

namespace {

constexpr uint8_t kHandshakeType = 22;
constexpr uint8_t kDataRecord = 23;
constexpr uint32_t kAlertRecord = 19;  // an encrypted alert of TLS 1.3 (RFC 8446 §5.2)

}  // namespace

void TlsObserver::on_record(Track* track, unsigned side_index, const ScannedRecord& record) {
  const bool is_client = track->is_client(side_index);
  if (track->cutter && record.type == kDataRecord) {
    // The other side has sent data: earlier data without a recognizable header are complete.
    ScannedRecord stretch;
    track->tls.scanners_[1 - side_index].settle(&stretch);
    if (stretch.count > 0) {
      track->cutter->on_record(!is_client, stretch.length, stretch.count, true, stretch.ts_ns, sink_);
    }
  }
  if (is_client && !track->tls.version_known_) note_version(track, side_index, record);
  if (record.type != kDataRecord) return;
  note_established(track, is_client, record);
  if (!track->cutter) return;
  track->cutter->on_record(is_client, record.length, record.count, record.filled, record.ts_ns, sink_);
  if (track->cutter->is_http2()) track->facts->flags |= kFlowHttp2;
}

// Without the ServerHello the client's records show the version: RFC 5246 §7.4.7 continues with handshake records in the
// clear, RFC 8446 §5 with application data.
void TlsObserver::note_version(Track* track, unsigned side_index, const ScannedRecord& record) {
  TlsState& tls = track->tls;
  const bool is_behind_hello = !seq_before(track->sides[side_index].next(), tls.checked_[side_index] + 1);
  if (!is_behind_hello || (record.type != kHandshakeType && record.type != kDataRecord)) return;
  tls.version_known_ = true;
  tls.is_tls13_ = record.type == kDataRecord;
  if (track->cutter && !tls.is_tls13_) track->cutter->set_server(false, 0, false);
}

void TlsObserver::note_established(Track* track, bool is_client, const ScannedRecord& record) {
  TlsState& tls = track->tls;
  if (tls.is_tls13_ && record.length <= kAlertRecord) return;
  if (!is_client) {
    tls.server_data_ = tls.server_data_ || tls.client_data_;
  } else if (tls.is_tls13_ && !tls.client_finished_) {
    tls.client_finished_ = true;
  } else {
    tls.client_data_ = true;
  }
  if (tls.client_data_ && tls.server_data_) track->facts->flags |= kFlowEstablished;
}

}  // namespace wiretally
