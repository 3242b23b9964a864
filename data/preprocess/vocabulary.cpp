#include <foregraph/detail/data/preprocess/vocabulary.hpp>

#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <new>
#include <utility>

namespace foregraph::data {
namespace {

/// Calls `use` with each word until it returns false.
template <class Use>
void for_words(std::string_view text, const VocabularyOptions& options, Use use) {
  if (options.length == 0) {
    use(text);
    return;
  }
  constexpr std::string_view blanks = " \t\r\n\f\v";
  std::size_t begin = text.find_first_not_of(blanks);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(blanks, begin), text.size());
    if (!use(text.substr(begin, end - begin))) return;
    begin = text.find_first_not_of(blanks, end);
  }
}

std::string where(const std::string& name, std::int64_t row) {
  return "text " + in_quotes(name) + ", row " + std::to_string(row) + ": ";
}

template <class Id>
std::vector<Id> zeros(const std::string& name, std::int64_t rows, std::int64_t width) try {
  const CheckedSize count = CheckedSize(rows) * width;
  if (!(count * static_cast<std::int64_t>(sizeof(Id))).fits()) throw std::bad_alloc();
  return std::vector<Id>(static_cast<std::size_t>(count.value()), Id{0});
} catch (const std::bad_alloc&) {
  throw BudgetError("vocabulary: the word indices of " + std::to_string(rows) + " texts '" + name +
                    "' of " + std::to_string(width) +
                    " words each do not fit in memory; reduce VocabularyOptions::length");
}

template <class Id>
Field encode_as(const TextColumn& text, const std::string& name, const VocabularyOptions& options,
                const std::vector<std::string>& words) {
  std::unordered_map<std::string_view, std::int64_t> numbers(words.size());
  std::int64_t next = first_word_number(options);
  for (const std::string& word : words) numbers.emplace(word, next++);
  const std::int64_t width = std::max<std::int64_t>(1, options.length);
  const Id unknown = options.length > 0 ? 1 : 0;
  std::vector<Id> ids = zeros<Id>(name, text.size(), width);
  for (std::int64_t row = 0; row < text.size(); ++row) {
    Id* to = ids.data() + row * width;
    const Id* end = to + width;
    for_words(text[row], options, [&](std::string_view word) {
      if (to == end) return false;
      const auto found = numbers.find(word);
      if (found == numbers.end() && !options.unknown)
        throw DataError(where(name, row) + "the word " + in_quotes(word, 40) +
                        " is not in the vocabulary of the training data (" +
                        std::to_string(words.size()) +
                        " words); set VocabularyOptions::unknown to map such words to an index");
      *to++ = found == numbers.end() ? unknown : static_cast<Id>(found->second);
      return true;
    });
  }
  std::vector<std::int64_t> shape;
  if (options.length > 0) shape.push_back(options.length);
  const std::size_t count = ids.size();
  return detail::make_field(name, dtype_of<Id>, std::move(shape), count,
                            detail::own(std::move(ids)));
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80             ? 1
                               : (first & 0xe0) == 0xc0 ? 2
                               : (first & 0xf0) == 0xe0 ? 3
                               : (first & 0xf8) == 0xf0 ? 4
                                                        : 0;
    if (length == 0 || i + length > text.size()) return false;
    std::uint32_t code = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xc0) != 0x80) return false;
      code = code << 6 | (byte & 0x3fU);
    }
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      return false;
    i += length;
  }
  return true;
}

std::int64_t first_word_number(const VocabularyOptions& options) {
  return (options.length > 0 ? 1 : 0) + (options.unknown ? 1 : 0);
}

std::vector<std::string> most_frequent_words(const TextColumn& text, const std::string& name,
                                             const VocabularyOptions& options,
                                             const std::vector<std::int64_t>& rows) {
  std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> counts;
  for (const std::int64_t row : rows) {
    for_words(text[row], options, [&](std::string_view word) {
      const auto found = counts.find(word);
      if (found != counts.end()) {
        ++found->second;
        return true;
      }
      if (!is_utf8(word))
        throw DataError(where(name, row) + "it is not UTF-8; convert the file to UTF-8");
      counts.emplace(word, 1);
      return true;
    });
  }
  std::vector<std::pair<std::string, std::int64_t>> sorted;
  for (const auto& [word, count] : counts)
    if (count >= options.min_count) sorted.emplace_back(word, count);
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (options.size > 0 && static_cast<std::int64_t>(sorted.size()) > options.size)
    sorted.resize(static_cast<std::size_t>(options.size));
  std::vector<std::string> words;
  words.reserve(sorted.size());
  for (auto& [word, count] : sorted) words.push_back(std::move(word));
  return words;
}

Field encode_text(const TextColumn& text, const std::string& name, const VocabularyOptions& options,
                  const std::vector<std::string>& words) {
  return options.dtype == DType::i64 ? encode_as<std::int64_t>(text, name, options, words)
                                     : encode_as<std::int32_t>(text, name, options, words);
}

}  // namespace foregraph::data
