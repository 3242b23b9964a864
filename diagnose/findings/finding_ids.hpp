#pragma once

#include <span>
#include <string>
#include <string_view>

namespace foregraph {

/// Returns the ids of all findings there can be, those of docs/report.md, in its order.
[[nodiscard]] std::span<const std::string_view> finding_ids();

/// Throws UsageError, with the ids there are, if one of `ids` is none; `who` asks.
void check_finding_ids(std::span<const std::string> ids, std::string_view who);

/// Returns whether `id` is among `silenced`.
[[nodiscard]] bool is_silenced(std::span<const std::string> silenced, std::string_view id);

}  // namespace foregraph
