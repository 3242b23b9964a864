#pragma once

#include <cstdint>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <random>
#include <vector>

namespace foregraph::test {

/// Two classes that a line separates with a little noise: fields "x" f32[features], "label" f32[1].
inline data::Dataset two_classes(std::int64_t samples, std::int64_t features, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x;
  std::vector<float> y;
  for (std::int64_t i = 0; i < samples; ++i) {
    float sum = 0;
    for (std::int64_t k = 0; k < features; ++k) {
      x.push_back(normal(generator));
      sum += x.back();
    }
    y.push_back(sum + 0.1F * normal(generator) > 0 ? 1.0F : 0.0F);
  }
  return data::Dataset().add("x", {features}, std::move(x)).add("label", {1}, std::move(y));
}

/// Fields "x" f32[features] and "label" i32[], labels below `classes`.
inline data::Dataset many_classes(std::int64_t samples, std::int64_t features, int classes,
                                  unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x;
  std::vector<std::int32_t> y;
  for (std::int64_t i = 0; i < samples; ++i) {
    const int label = static_cast<int>(generator() % static_cast<unsigned>(classes));
    for (std::int64_t k = 0; k < features; ++k)
      x.push_back(normal(generator) + (k == label ? 3.0F : 0.0F));
    y.push_back(label);
  }
  return data::Dataset().add("x", {features}, std::move(x)).add("label", {}, std::move(y));
}

}  // namespace foregraph::test
