// The image of a closed window: numbers and texts in the order in which src/native/closed-window.ts reads them. It is made
// and read by one version of the program and never stored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "window.h"

namespace wiretally {

class WindowImage {
 public:
  explicit WindowImage(const Window& window);

  // Number of numbers, number of texts, the numbers, the lengths of the texts in UTF-16 code units, each a double; then the
  // texts in UTF-8.
  size_t size() const { return (2 + numbers_.size() + lengths_.size()) * sizeof(double) + text_.size(); }
  void copy_to(uint8_t* bytes) const;

 private:
  template <typename Number>
  void put(Number number) {
    numbers_.push_back(static_cast<double>(number));
  }
  // The number of the text, from 1 on; 0 for the empty one.
  void put_text(std::string_view text);
  void put_texts(const std::vector<std::string>& texts);
  void put_mac(Mac mac);
  void put_host(const std::string& address, const Host& host);
  void put_row(const Row& row);
  void put_question(const Question& question);
  void put_outcome(const OutcomeKey& key, const OutcomeNumbers& numbers);

  std::vector<double> numbers_;
  std::vector<double> lengths_;
  std::string text_;
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> known_;
};

}  // namespace wiretally
