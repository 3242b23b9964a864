#pragma once

// Vocabularies by word frequency. Counting is O(characters) with one hash table of the distinct
// words; selection is O(words log words).

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

namespace foregraph::data {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

/// Returns the most frequent words of a text column, with ties in byte order. Throws DataError for
/// text that is not UTF-8, which could not be stored.
[[nodiscard]] std::vector<std::string> most_frequent_words(const TextColumn& text,
                                                           const std::string& name,
                                                           const VocabularyOptions& options,
                                                           const std::vector<std::int64_t>& rows);

/// Returns the number of the first word; lower ones stand for padding and unknown words.
[[nodiscard]] std::int64_t first_word_number(const VocabularyOptions& options);

/// Replaces words by their numbers. Throws DataError for unknown words unless they have a number.
[[nodiscard]] Field encode_text(const TextColumn& text, const std::string& name,
                                const VocabularyOptions& options,
                                const std::vector<std::string>& words);

[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace foregraph::data
