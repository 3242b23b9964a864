#include <cstring>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/dataset/label_classes.hpp>
#include <unordered_map>
#include <utility>

#include <foregraph/detail/data/dataset/row_reader.hpp>

namespace foregraph::detail {
namespace {

template <class T>
std::string number(const std::string& row) {
  T value{};
  std::memcpy(&value, row.data(), sizeof value);
  if constexpr (std::is_floating_point_v<T>) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  } else {
    return std::to_string(value);
  }
}

std::string name_of_class(const data::FieldSpec& spec, const std::string& row) {
  if (spec.row_elements() == 1) {
    switch (spec.dtype) {
      case DType::f32:
        return number<float>(row);
      case DType::f64:
        return number<double>(row);
      case DType::i32:
        return number<std::int32_t>(row);
      case DType::i64:
        return number<std::int64_t>(row);
      case DType::boolean:
        return row[0] != 0 ? "true" : "false";
    }
  }
  return "of one row of values";
}

/// Counts the samples of each label value.
class Classes {
 public:
  void add(const std::string& value) {
    const auto [at, added] =
        numbers_.try_emplace(value, static_cast<std::int32_t>(numbers_.size()));
    if (added) {
      found_.sizes.push_back(0);
      found_.names.push_back(value);
    }
    ++found_.sizes[static_cast<std::size_t>(at->second)];
    found_.of_sample.push_back(at->second);
  }
  [[nodiscard]] std::size_t count() const { return numbers_.size(); }
  LabelClasses take() { return std::move(found_); }

 private:
  std::unordered_map<std::string, std::int32_t> numbers_;
  LabelClasses found_;
};

}  // namespace

std::optional<LabelClasses> label_classes(const data::Dataset& data, const std::string& label) {
  Classes classes;
  const std::ptrdiff_t field = data.find(label);
  if (field < 0) {
    const data::TextColumn text = data.text(label);
    for (std::int64_t i = 0; i < data.size(); ++i) classes.add(text[i]);
    LabelClasses found = classes.take();
    for (std::string& name : found.names) name = in_quotes(name);
    return found;
  }
  const data::FieldSpec& spec = data.fields()[static_cast<std::size_t>(field)];
  const bool floating = spec.dtype == DType::f32 || spec.dtype == DType::f64;
  const auto bytes = static_cast<std::size_t>(spec.row_bytes());
  bool too_many = false;
  data::for_each_row(data, static_cast<std::size_t>(field), [&](std::int64_t, const std::byte* at) {
    classes.add(std::string(reinterpret_cast<const char*>(at), bytes));
    too_many = floating && classes.count() > most_floating_classes;
    return !too_many;
  });
  if (too_many) return std::nullopt;
  LabelClasses found = classes.take();
  for (std::string& name : found.names) name = name_of_class(spec, name);
  return found;
}

}  // namespace foregraph::detail
