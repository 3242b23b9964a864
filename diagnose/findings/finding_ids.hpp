#pragma once

#include <span>
#include <string>
#include <string_view>

namespace foregraph {

/// Returns the ids of all possible findings, in the order of docs/report.md.
[[nodiscard]] std::span<const std::string_view> finding_ids();

/// Throws UsageError, listing the valid ids, if one of `ids` is unknown; `who` names the caller.
void check_finding_ids(std::span<const std::string> ids, std::string_view who);

/// Returns whether `id` is among `silenced`.
[[nodiscard]] bool is_silenced(std::span<const std::string> silenced, std::string_view id);

}  // namespace foregraph
