// The image of a closed window: numbers and texts in the order in which src/native/closed-window.ts reads them, and fields of
// messages in that of src/model/usage.ts. It is made and read by one version of the program and never stored.
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

// Texts of windows by number. Addresses, MACs and names recur in the next window, so each text crosses the border once: the
// reader keeps those that it was given.
class ImageTexts {
 public:
  // Beyond it the next image starts with an empty list.
  static constexpr size_t kMaxTexts = 65'536;
  // New addresses are placed when there is one for so many that have their place.
  static constexpr size_t kPlacedForNew = 8;

  struct AddressText {
    size_t number;
    std::string text;
    // Place in the order of texts, from 1 on; 0 as long as `rank` gave it none.
    uint32_t rank = 0;
  };
  // Addresses of one image are sorted by this.
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

  // For a new image: the number of its first text; 1 where the reader has to forget the texts that it was given.
  size_t begin();
  // The number of the text, from 1 on; 0 for the empty one.
  size_t number_of(std::string_view text);
  size_t number_of(Mac mac);
  // Valid until `begin`.
  const AddressText& of(const Address& address);
  // Gives each address its place in the order of texts, once new ones are many: all have to be placed again.
  void rank();
  MacText& of(Mac mac);
  // In this image, the MAC was already given with another host.
  bool is_of_another(MacText* mac, const Host* host);

  // Lengths of the texts since `begin`, in UTF-16 code units, and the texts in UTF-8.
  const std::vector<double>& lengths() const { return lengths_; }
  const std::string& text() const { return text_; }

 private:
  friend class WindowImage;
  size_t add(std::string_view text);

  size_t count_ = 0;
  size_t images_ = 0;
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> texts_;
  std::unordered_map<Address, AddressText, AddressHash> addresses_;
  // In the order of texts, then those that are new.
  std::vector<AddressText*> ranked_;
  size_t ranked_count_ = 0;
  std::unordered_map<uint64_t, MacText, NumberHash> macs_;
  std::vector<double> lengths_;
  std::string text_;
  // Memory of the image before, for the next one: new pages of the system cost more than what is written to them.
  std::vector<double> numbers_;
};

class WindowImage {
 public:
  // `texts` outlives the image, and has no other image in that time.
  WindowImage(const Window& window, ImageTexts* texts);
  ~WindowImage() {
    if (numbers_.capacity() <= kMaxKept) texts_->numbers_ = std::move(numbers_);
  }
  WindowImage(const WindowImage&) = delete;
  WindowImage& operator=(const WindowImage&) = delete;

  // Number of numbers, number of texts, number of the first text, bytes of the texts, the numbers, the lengths of the texts,
  // each a double; then the texts.
  size_t size() const {
    return (kHead + numbers_.size() + texts_->lengths().size()) * sizeof(double) + texts_->text().size();
  }
  void copy_to(uint8_t* bytes) const;

 private:
  static constexpr size_t kHead = 4;
  // Numbers of which the memory is kept for the next image: 8 MB.
  static constexpr size_t kMaxKept = 1'000'000;

  template <typename Number>
  void put(Number number) {
    numbers_.push_back(static_cast<double>(number));
  }
  // Entries with the same count of numbers each, followed by the lists of some. The last number of an entry is the place of its
  // lists, counted from the first entry; 0 stands for none. Before them stand their length, whether each number of an entry
  // has at most 32 bits, and their count. Returns where the first entry begins.
  size_t begin_entries(size_t count);
  void begin_lists(size_t entries_at, size_t entry, size_t numbers);
  void end_entries(size_t at, size_t numbers);
  void put_text(std::string_view text) { put(texts_->number_of(text)); }
  // A word of a closed list that is no number of an enum.
  void put_word(std::string_view word) { put(-static_cast<double>(texts_->number_of(word))); }
  void put_texts(const std::vector<std::string>& texts);
  void put_address(const Address& address) { put(texts_->of(address).number); }
  void put_mac(Mac mac) { put(texts_->number_of(mac)); }
  // Frames; begin and end of each run of seconds with one, from the start of the window.
  void put_heard(const Window& window);
  void put_hosts(const Window& window);
  void put_host(size_t address, size_t mac, const Host& host, int64_t start_us);
  void put_lists(const HostLists& lists);
  void put_hellos();
  // Accounts of hosts, of other addresses, and of what has no local end.
  void put_accounts(const Window& window);
  void put_destinations(const std::vector<HiddenTo>& destinations);
  void put_parts(const std::vector<UnseenSums>& parts);
  void put_row(const Row& row);
  void put_question(const Question& question);
  void put_outcome(const OutcomeKey& key, const OutcomeNumbers& numbers);

  ImageTexts* texts_;
  size_t first_text_;
  struct Listed {
    ImageTexts::Place place;
    const Host* host;
  };
  std::vector<Listed> hosts_;  // in the order of windows
  std::vector<double> numbers_;
};

}  // namespace wiretally
