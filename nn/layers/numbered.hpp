#pragma once

#include <array>
#include <string_view>

namespace foregraph::nn {

/// The name of one of several layers, such as "block3"; also usable at compile time, where a
/// std::string cannot persist.
///
///     for (int i = 0; i < 3; ++i) x = dense(x, 32, numbered("hidden", i));
class numbered {
 public:
  /// `stem` has at most 20 characters, `number` is 0 to 999.
  constexpr numbered(std::string_view stem, int number) {
    for (const char c : stem.substr(0, 20)) text_[length_++] = c;
    if (number >= 100) text_[length_++] = digit(number / 100);
    if (number >= 10) text_[length_++] = digit(number / 10);
    text_[length_++] = digit(number);
  }
  constexpr operator std::string_view() const { return {text_.data(), length_}; }

 private:
  [[nodiscard]] static constexpr char digit(int number) {
    return static_cast<char>('0' + number % 10);
  }
  std::array<char, 24> text_{};
  std::size_t length_ = 0;
};

}  // namespace foregraph::nn
