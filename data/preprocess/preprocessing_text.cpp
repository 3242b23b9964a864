#include <charconv>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

#include <foregraph/detail/data/preprocess/preprocessing_state.hpp>

namespace foregraph::data {
namespace {

using Kind = PreprocessingStep::Kind;

/// Returns the shortest text that reads back as the same number.
std::string number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string head(const PreprocessingStep& step) {
  return std::string(name_of(step.kind)) + " '" + step.field + "'";
}

std::string_view first_statistic(Kind kind) {
  return kind == Kind::standardize ? "mean" : "minimum";
}
std::string_view second_statistic(Kind kind) {
  return kind == Kind::standardize ? "deviation" : "range";
}

std::string parameters(const PreprocessingStep& step) {
  const VocabularyOptions& options = step.options;
  switch (step.kind) {
    case Kind::standardize:
      return " per " + std::string(name_of(step.per));
    case Kind::min_max:
      return " to [" + number(step.low) + ", " + number(step.high) + "] per " +
             std::string(name_of(step.per));
    case Kind::clip:
      return " to [" + number(step.low) + ", " + number(step.high) + "]";
    case Kind::scale:
      return " by " + number(step.low) + ", offset " + number(step.high);
    case Kind::log1p:
      return "";
    case Kind::vocabulary:
      return " as " + std::string(name_of(options.dtype)) +
             (options.size > 0 ? ", at most " + std::to_string(options.size) + " words" : "") +
             (options.min_count > 1
                  ? ", seen at least " + std::to_string(options.min_count) + " times"
                  : "") +
             (options.length > 0 ? ", " + std::to_string(options.length) + " words a text" : "") +
             (options.unknown ? ", unknown words allowed" : ", unknown words refused");
  }
  return "";
}

std::string statistics(const PreprocessingStep& step) {
  if (!step.needs_fit()) return "";
  if (!step.fitted) return ": not fitted yet";
  if (step.kind == Kind::vocabulary) {
    std::string text = ": " + std::to_string(step.words.size()) + " words";
    for (std::size_t i = 0; i < step.words.size() && i < 3; ++i)
      text += (i == 0 ? ", '" : ", '") + step.words[i].substr(0, 20) + "'";
    return text + (step.words.size() > 3 ? ", ..." : "");
  }
  std::size_t constant = 0;
  for (const char each : step.constant) constant += each != 0 ? 1U : 0U;
  std::string text = ": " + std::to_string(step.shift.size()) +
                     (step.shift.size() == 1 ? " feature, " : " features, ") +
                     std::string(first_statistic(step.kind)) + " " + number(step.shift[0]) + ", " +
                     std::string(second_statistic(step.kind)) + " " + number(step.divisor[0]) +
                     (step.shift.size() > 1 ? ", ..." : "");
  if (constant > 0) text += "; " + std::to_string(constant) + " constant";
  return text;
}

/// Returns the first index where two vectors of equal size differ, or their size.
template <class T>
std::size_t mismatch(const std::vector<T>& a, const std::vector<T>& b) {
  std::size_t i = 0;
  while (i < a.size() && a[i] == b[i]) ++i;
  return i;
}

std::string in_words(const std::string& what, const std::string& first, const std::string& second) {
  return what + " is " + first + " in the first and " + second + " in the second";
}

std::string statistic_difference(std::string_view name, const std::vector<double>& first,
                                 const std::vector<double>& second) {
  const std::size_t i = mismatch(first, second);
  if (i == first.size()) return "";
  return in_words("the " + std::string(name) + " of feature " + std::to_string(i), number(first[i]),
                  number(second[i]));
}

std::string step_difference(const PreprocessingStep& first, const PreprocessingStep& second) {
  if (head(first) + parameters(first) != head(second) + parameters(second))
    return in_words("it", head(first) + parameters(first), head(second) + parameters(second));
  if (first.fitted != second.fitted)
    return std::string("only the ") + (first.fitted ? "first" : "second") + " is fitted";
  const auto rows = [](const PreprocessingStep& step) {
    return std::string(name_of(step.dtype)) + ' ' + row_shape_text(step.row_shape);
  };
  if (rows(first) != rows(second)) return in_words("the row", rows(first), rows(second));
  if (first.words != second.words) {
    if (first.words.size() != second.words.size())
      return in_words("the number of words", std::to_string(first.words.size()),
                      std::to_string(second.words.size()));
    const std::size_t i = mismatch(first.words, second.words);
    return in_words("word " + std::to_string(i), "'" + first.words[i] + "'",
                    "'" + second.words[i] + "'");
  }
  const std::string shift =
      statistic_difference(first_statistic(first.kind), first.shift, second.shift);
  if (!shift.empty()) return shift;
  return statistic_difference(second_statistic(first.kind), first.divisor, second.divisor);
}

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::standardize:
      return "standardize";
    case Kind::min_max:
      return "min_max";
    case Kind::log1p:
      return "log1p";
    case Kind::clip:
      return "clip";
    case Kind::scale:
      return "scale";
    case Kind::vocabulary:
      return "vocabulary";
  }
  return "";
}

std::string_view name_of(Per per) {
  return per == Per::feature ? "feature" : per == Per::channel ? "channel" : "field";
}

std::string Preprocessing::describe() const {
  std::string text;
  for (std::size_t s = 0; s < state_->steps.size(); ++s) {
    const PreprocessingStep& step = state_->steps[s];
    text += std::to_string(s + 1) + ". " + head(step) + parameters(step) + statistics(step) + '\n';
  }
  return text;
}

std::string difference(const Preprocessing& first, const Preprocessing& second) {
  const std::vector<PreprocessingStep>& a = first.state_->steps;
  const std::vector<PreprocessingStep>& b = second.state_->steps;
  for (std::size_t s = 0; s < a.size() || s < b.size(); ++s) {
    const std::string step = "step " + std::to_string(s + 1);
    if (s >= a.size()) return step + ", " + head(b[s]) + ", is only in the second";
    if (s >= b.size()) return step + ", " + head(a[s]) + ", is only in the first";
    const std::string what = step_difference(a[s], b[s]);
    if (!what.empty()) return step + ", " + head(a[s]) + ": " + what;
  }
  return "";
}

}  // namespace foregraph::data
