#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foregraph {

/// Returns a name or text for messages: in quotes, cut after `most` bytes, with control characters
/// escaped. A zero would otherwise end the message for whoever reads it by what().
[[nodiscard]] std::string in_quotes(std::string_view text, std::size_t most = 80);

}  // namespace foregraph
