#pragma once

#include <cstdint>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/xtensor_headers.hpp>
#include <string>
#include <vector>

namespace foregraph::data {

/// Adds a field from an xtensor expression, evaluated and copied in row-major order. The first axis
/// counts the samples; the others are the row shape. Throws as Dataset::add().
///
///     fg::data::Dataset data;
///     fg::data::add(data, "x", xt::random::randn<float>({200, 10}));
template <class E>
Dataset& add(Dataset& data, std::string name, const xt::xexpression<E>& expression) {
  using T = typename E::value_type;
  const auto& array = expression.derived_cast();
  std::vector<std::int64_t> row_shape;
  for (std::size_t axis = 1; axis < array.dimension(); ++axis)
    row_shape.push_back(static_cast<std::int64_t>(array.shape()[axis]));
  std::vector<T> values(array.template begin<xt::layout_type::row_major>(),
                        array.template end<xt::layout_type::row_major>());
  return data.add(std::move(name), std::move(row_shape), std::move(values));
}

}  // namespace foregraph::data
