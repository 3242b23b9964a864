#include <algorithm>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/text.hpp>

namespace foregraph {

std::string in_quotes(std::string_view text, std::size_t most) {
  std::size_t shown = std::min(text.size(), most);
  while (shown > 0 && shown < text.size() && (static_cast<unsigned>(text[shown]) & 0xc0U) == 0x80U)
    --shown;  // do not cut within a character
  std::string result = "'";
  for (const char c : text.substr(0, shown)) {
    if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') {
      result += c;
      continue;
    }
    result += "\\x" + text::hexadecimal(static_cast<unsigned char>(c), 2);
  }
  return result + (text.size() > shown ? "...'" : "'");
}

}  // namespace foregraph
