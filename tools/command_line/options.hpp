#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>

/// Parses the words on the command line.
namespace foregraph::cli {

/// Parses batch sizes such as "1,32,10000". Throws UsageError, or BatchError for a batch below 1.
[[nodiscard]] std::vector<std::int64_t> parse_batches(const std::string& text);

/// Parses a size such as "4096", "4096B" or "1.5GiB", with units B, KiB, MiB, GiB, TiB, kB, MB, GB
/// and TB; a blank may precede the unit. Throws UsageError, which names the option and, if not
/// empty, the word that the option takes in place of a size.
[[nodiscard]] Bytes parse_bytes(const std::string& text, const std::string& option = "--budget",
                                const std::string& word = "");

/// Returns the known name that contains `name` or is nearest by edit distance (Levenshtein, 1966);
/// "" if none is close.
[[nodiscard]] std::string nearest(const std::string& name, const std::vector<std::string>& known);

/// Returns the words separated by commas: "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

}  // namespace foregraph::cli
