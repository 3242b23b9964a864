#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/planner/bytes.hpp>

/// What the words on the command line mean. All throw UsageError (batches below 1: BatchError).
namespace foregraph::cli {

/// "1,32,10000".
[[nodiscard]] std::vector<std::int64_t> parse_batches(const std::string& text);
/// "64MiB", "1.5GiB", "512KiB", "4096B" or "4096"; also decimal units such as "1MB".
[[nodiscard]] Bytes parse_bytes(const std::string& text);
/// The known name nearest to `name` by edit distance, or "" if none is near.
[[nodiscard]] std::string nearest(const std::string& name, const std::vector<std::string>& known);

}  // namespace foregraph::cli
