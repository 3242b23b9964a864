#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>

/// What the words on the command line mean.
namespace foregraph::cli {

/// "1,32,10000". Throws UsageError, or BatchError for a batch below 1.
[[nodiscard]] std::vector<std::int64_t> parse_batches(const std::string& text);

/// "4096", "4096B", "1.5GiB"; units B, KiB, MiB, GiB, TiB and kB, MB, GB, TB; a blank may stand
/// before the unit. Throws UsageError.
[[nodiscard]] Bytes parse_bytes(const std::string& text);

/// The known name that contains `name`, or is nearest to it by edit distance (Levenshtein, 1966);
/// "" if none is near.
[[nodiscard]] std::string nearest(const std::string& name, const std::vector<std::string>& known);

/// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

}  // namespace foregraph::cli
