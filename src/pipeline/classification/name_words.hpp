#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sqlproxy::pipeline {

// The words of a column's name, however it is written: customer_email, CustomerEMail, CUSTOMER-EMAIL, "Prénom"; in
// lower case, without accents. A word ends at anything that is neither letter nor digit, where the case says so and
// where letters meet digits. Letters of other scripts than the Latin one stay as they are, but in lower case.
//
// Of the name no more than kMaxLetters are read, and no more than kMaxWords words.
class NameWords {
 public:
  static constexpr std::size_t kMaxWords = 12;
  static constexpr std::size_t kMaxLetters = 128;

  explicit NameWords(std::string_view name);

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::string_view word(std::size_t index) const { return run(index, index + 1); }
  // The words from `first` up to, but without, `last`, written as one.
  [[nodiscard]] std::string_view run(std::size_t first, std::size_t last) const {
    const std::size_t begin = first == 0 ? 0 : ends_[first - 1];
    return std::string_view(text_).substr(begin, ends_[last - 1] - begin);
  }
  // All of them.
  [[nodiscard]] std::string_view joined() const { return text_; }

 private:
  void end_word();

  std::string text_;
  // Where each word ends in text_.
  std::array<std::size_t, kMaxWords> ends_{};
  std::size_t count_ = 0;
};

}  // namespace sqlproxy::pipeline
