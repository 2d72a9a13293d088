// Writes the image of a closed window: numbers and texts in the order in which src/native/closed-window.ts reads them,
// and fields of messages in the order of src/model/usage.ts. One version of the program writes and reads it, and it is
// never stored.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "window.h"

namespace wiretally {

// Texts of windows by number. Addresses, MACs and names recur in the next window, so each text crosses the border once:
// the reader keeps all texts that it received.
class ImageTexts {
 public:
  // Above this number, the next image starts with an empty list.
  static constexpr size_t kMaxTexts = 65'536;
  // New addresses are sorted in if there is one for this many sorted ones.
  static constexpr size_t kPlacedForNew = 8;

  struct AddressText {
    size_t number;
    std::string text;
    // Position in the order of texts, from 1 on; 0 until `rank` has assigned it.
    uint32_t rank = 0;
  };
  // Sort key of addresses in one image.
  struct Place {
    explicit Place(const AddressText& of) : rank(of.rank), address(&of) {}
    bool operator<(const Place& other) const;

    uint32_t rank;
    const AddressText* address;
  };
  struct MacText {
    size_t number;
    size_t image = 0;
    const Host* host = nullptr;
  };

  // Begins an image. Returns the number of its first text; 1 if the reader must drop all earlier texts.
  size_t begin();
  // Returns the number of the text, from 1 on; 0 for the empty text.
  size_t number_of(std::string_view text);
  size_t number_of(Mac mac);
  // Valid until `begin`.
  const AddressText& of(const Address& address);
  // Assigns positions in the order of texts once enough addresses are new, because all of them must be sorted again.
  void rank();
  MacText& of(Mac mac);
  // True if this image already contains the MAC with another host.
  bool is_of_another(MacText* mac, const Host* host);

  // Lengths of the texts since `begin` in UTF-16 code units, and the texts in UTF-8.
  const std::vector<double>& lengths() const { return lengths_; }
  const std::string& text() const { return text_; }

 private:
  friend class WindowImage;
  size_t add(std::string_view text);

  size_t count_ = 0;
  size_t images_ = 0;
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> texts_;
  std::unordered_map<Address, AddressText, AddressHash> addresses_;
  // Sorted texts, then the new ones.
  std::vector<AddressText*> ranked_;
  size_t ranked_count_ = 0;
  std::unordered_map<uint64_t, MacText, NumberHash> macs_;
  std::vector<double> lengths_;
  std::string text_;
  // Memory of the previous image, which the next one reuses: new pages cost more than the data written to them.
  std::vector<double> numbers_;
};

class WindowImage {
 public:
  // `texts` must outlive the image, and serves only one image at a time.
  WindowImage(const Window& window, ImageTexts* texts);
  ~WindowImage() {
    if (numbers_.capacity() <= kMaxKept) texts_->numbers_ = std::move(numbers_);
  }
  WindowImage(const WindowImage&) = delete;
  WindowImage& operator=(const WindowImage&) = delete;

  // Layout: number of numbers, number of texts, number of the first text, bytes of the texts, the numbers, the lengths
  // of the texts, each a double; then the texts.
  size_t size() const {
    return (kHead + numbers_.size() + texts_->lengths().size()) * sizeof(double) + texts_->text().size();
  }
  void copy_to(uint8_t* bytes) const;

 private:
  static constexpr size_t kHead = 4;
  // Maximum numbers whose memory is kept for the next image: 8 MB.
  static constexpr size_t kMaxKept = 1'000'000;

  template <typename Number>
  void put(Number number) {
    numbers_.push_back(static_cast<double>(number));
  }
  // Begins entries with the same number of numbers each, followed by the lists of some. The last number of an entry is
  // the position of its lists, counted from the first entry; 0: none. Before them are their length, a flag for entries
  // whose numbers all fit into 32 bits, and their count. Returns the position of the first entry.
  size_t begin_entries(size_t count);
  void begin_lists(size_t entries_at, size_t entry, size_t numbers);
  void end_entries(size_t at, size_t numbers);
  void put_text(std::string_view text) { put(texts_->number_of(text)); }
  // Writes a word of a closed list that is not the number of an enum.
  void put_word(std::string_view word) { put(-static_cast<double>(texts_->number_of(word))); }
  void put_texts(const std::vector<std::string>& texts);
  void put_address(const Address& address) { put(texts_->of(address).number); }
  void put_mac(Mac mac) { put(texts_->number_of(mac)); }
  // Writes frames, and start and end of each run of seconds with one, relative to the start of the window.
  void put_heard(const Window& window);
  void put_hosts(const Window& window);
  void put_host(size_t address, size_t mac, const Host& host, int64_t start_us);
  void put_lists(const HostLists& lists, int64_t start_us);
  void put_hellos();
  // Writes accounts of hosts, of other addresses, and of traffic without a local end.
  void put_accounts(const Window& window);
  void put_destinations(const std::vector<HiddenTo>& destinations);
  void put_parts(const std::vector<UnseenSums>& parts, int64_t start_us);
  void put_row(const Row& row);
  void put_question(const Question& question);
  void put_outcome(const OutcomeKey& key, const OutcomeNumbers& numbers);

  ImageTexts* texts_;
  size_t first_text_;
  struct Listed {
    ImageTexts::Place place;
    const Host* host;
  };
  std::vector<Listed> hosts_;  // Hosts in the order of windows.
  std::vector<double> numbers_;
};

}  // namespace wiretally
