#pragma once

#include <cstddef>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <string_view>
#include <vector>

namespace foregraph::test {

/// One row of a field, read as a Loader does where it is not in memory.
template <class T>
std::vector<T> row_of(const data::Dataset& data, std::string_view field, std::int64_t row) {
  const auto index = static_cast<std::size_t>(data.find(field));
  const data::FieldSpec& spec = data.fields()[index];
  std::vector<T> values(static_cast<std::size_t>(spec.row_elements()));
  std::vector<std::byte*> to(data.fields().size(), nullptr);
  to[index] = reinterpret_cast<std::byte*>(values.data());
  data.read(row, to);
  return values;
}

}  // namespace foregraph::test
