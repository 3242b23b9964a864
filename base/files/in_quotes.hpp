#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Returns a name or text for messages: in quotes, cut after `most` bytes, with control characters
/// escaped. An unescaped NUL would end the message for readers of what().
[[nodiscard]] FOREGRAPH_EXPORT std::string in_quotes(std::string_view text, std::size_t most = 80);

}  // namespace foregraph
