#include <algorithm>
#include <array>
#include <charconv>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/runtime/settings.hpp>

namespace foregraph {
namespace {

/// Returns the shortest decimal text that parses to the same number.
std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace

SettingNames::SettingNames(const Graph& step) {
  for (const NodeId id : step.settings) full_.push_back('/' + full_name(step, id));
  for (std::size_t i = 0; i < full_.size(); ++i) {
    const std::string last = full_[i].substr(full_[i].rfind('/'));
    const bool is_only_one = std::all_of(full_.begin(), full_.end(), [&](const std::string& other) {
      return other == full_[i] || !other.ends_with(last);
    });
    shown_.push_back(is_only_one ? last.substr(1) : full_[i].substr(1));
    if (last == "/learning_rate") rates_.push_back(i);
  }
}

std::vector<std::size_t> SettingNames::find(std::string_view name,
                                            std::span<const double> values) const {
  const bool is_full = name.starts_with('/');
  const std::string end = (is_full ? "" : "/") + std::string(name);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < full_.size(); ++i)
    if (is_full ? full_[i] == end : full_[i].ends_with(end)) found.push_back(i);
  if (found.empty())
    throw UsageError("the model has no setting '" + std::string(name) + "'; it has " + known());
  const bool is_one_name = std::all_of(
      found.begin(), found.end(), [&](std::size_t i) { return full_[i] == full_[found.front()]; });
  if (!is_one_name && !all_equal(found, values))
    throw UsageError("'" + std::string(name) +
                     "' matches several settings with different values: " + list(found, values) +
                     "; give one of them, such as '/" + full_[found.front()].substr(1) + "'");
  return found;
}

std::string SettingNames::known() const {
  std::string names;
  for (auto each = shown_.begin(); each != shown_.end(); ++each)
    if (std::find(shown_.begin(), each, *each) == each)
      names += (names.empty() ? "'" : ", '") + *each + "'";
  return names.empty() ? "none" : names;
}

std::string SettingNames::list(std::span<const std::size_t> indices,
                               std::span<const double> values) const {
  std::string text;
  std::vector<std::string_view> seen;
  for (const std::size_t i : indices) {
    if (std::find(seen.begin(), seen.end(), full_[i]) != seen.end()) continue;  // another dtype
    seen.emplace_back(full_[i]);
    text += (text.empty() ? "'" : ", '") + full_[i].substr(1) + "' = " + shortest(values[i]);
  }
  return text;
}

bool all_equal(std::span<const std::size_t> indices, std::span<const double> values) {
  return std::all_of(indices.begin(), indices.end(),
                     [&](std::size_t i) { return values[i] == values[indices.front()]; });
}

}  // namespace foregraph
