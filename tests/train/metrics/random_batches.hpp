#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <random>
#include <string>
#include <vector>

#include "support/function_ref.hpp"

namespace foregraph::test {

/// Rows as metrics get them, with the padding rows that a mask leaves out filled with what would be
/// refused or would spoil the value if it were read.
struct Rows {
  std::int64_t width = 1;   ///< outputs per sample
  std::int64_t labels = 1;  ///< targets per sample
  std::vector<float> output;
  std::vector<double> target;
  std::vector<float> mask;

  [[nodiscard]] std::int64_t samples() const { return static_cast<std::int64_t>(mask.size()); }
  /// Only the rows that count.
  [[nodiscard]] Rows counted() const {
    Rows result{width, labels, {}, {}, {}};
    for (std::int64_t s = 0; s < samples(); ++s) {
      if (mask[static_cast<std::size_t>(s)] == 0) continue;
      result.output.insert(result.output.end(), output.begin() + s * width,
                           output.begin() + (s + 1) * width);
      result.target.insert(result.target.end(), target.begin() + s * labels,
                           target.begin() + (s + 1) * labels);
      result.mask.push_back(1);
    }
    return result;
  }
};

/// The targets of samples first to last in memory, one byte off from any alignment.
inline std::vector<std::byte> bytes_of(const Rows& rows, DType dtype, std::int64_t first,
                                       std::int64_t last) {
  std::vector<std::byte> bytes(1);
  const auto put = [&](auto value) {
    const auto at = bytes.size();
    bytes.resize(at + sizeof value);
    std::memcpy(bytes.data() + at, &value, sizeof value);
  };
  for (std::int64_t i = first * rows.labels; i < last * rows.labels; ++i) {
    const double value = rows.target[static_cast<std::size_t>(i)];
    if (dtype == f32) put(static_cast<float>(value));
    if (dtype == f64) put(value);
    if (dtype == i32) put(static_cast<std::int32_t>(value));
    if (dtype == i64) put(static_cast<std::int64_t>(value));
    if (dtype == boolean) put(static_cast<std::uint8_t>(value));
  }
  return bytes;
}

/// The metric's value of `rows`, given in batches that end at `ends`.
inline double value_in_batches(const Metric& metric, const Rows& rows, DType dtype,
                               const std::vector<std::int64_t>& ends) {
  const auto accumulator = metric.accumulator();
  std::int64_t first = 0;
  for (const std::int64_t last : ends) {
    const std::vector<std::byte> target = bytes_of(rows, dtype, first, last);
    const auto at = static_cast<std::size_t>(first);
    const auto count = static_cast<std::size_t>(last - first);
    const auto width = static_cast<std::size_t>(rows.width);
    accumulator->add({.output = std::span(rows.output).subspan(at * width, count * width),
                      .output_elements = rows.width,
                      .target = std::span(target).subspan(1),
                      .target_dtype = dtype,
                      .target_elements = rows.labels,
                      .samples = last - first,
                      .mask = std::span(rows.mask).subspan(at, count)});
    first = last;
  }
  return accumulator->value();
}

inline bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// Checks the metric against `expected`, all at once and in several random divisions into batches,
/// for every target dtype in `dtypes`.
inline void check_metric(const Metric& metric, const Rows& rows, std::vector<DType> dtypes,
                         double expected, std::mt19937& random, const std::string& context) {
  for (const DType dtype : dtypes) {
    const std::string what =
        metric.name() + " of " + std::string(name_of(dtype)) + " targets, " + context;
    const double whole = value_in_batches(metric, rows, dtype, {rows.samples()});
    const bool close = std::abs(whole - expected) <= 1e-12 * (1 + std::abs(expected));
    BOOST_CHECK_MESSAGE(close || same(whole, expected),
                        what << ": " << whole << ", expected " << expected);
    for (int repeat = 0; repeat < 3; ++repeat) {
      std::vector<std::int64_t> ends;
      for (std::int64_t at = 0; at < rows.samples();) {
        at = std::min<std::int64_t>(rows.samples(),
                                    at + static_cast<std::int64_t>(random() % 8));  // 0: empty
        ends.push_back(at);
      }
      const double parts = value_in_batches(metric, rows, dtype, ends);
      BOOST_CHECK_MESSAGE(same(parts, whole), what << ": " << parts << " in " << ends.size()
                                                   << " batches, " << whole << " at once");
    }
  }
}

inline constexpr unsigned seed = 20240611;

/// Coarse outputs, so that ties are frequent, and now and then a NaN.
inline float coarse(std::mt19937& random, double nan_share) {
  if (static_cast<double>(random() % 1000) < 1000 * nan_share) return std::nanf("");
  return static_cast<float>(static_cast<int>(random() % 9) - 4) / 4;
}

inline Rows random_rows(std::mt19937& random, std::int64_t width, std::int64_t labels,
                        unsigned classes, double nan_share) {
  Rows rows{width, labels, {}, {}, {}};
  const std::int64_t samples = 1 + static_cast<std::int64_t>(random() % 40);
  for (std::int64_t s = 0; s < samples; ++s) {
    const bool padding = random() % 5 == 0;
    rows.mask.push_back(padding ? 0 : 1);
    for (std::int64_t i = 0; i < width; ++i)
      rows.output.push_back(padding ? std::nanf("") : coarse(random, nan_share));
    for (std::int64_t i = 0; i < labels; ++i)
      rows.target.push_back(padding ? 77 : static_cast<double>(random() % classes));
  }
  return rows;
}

inline double naive_mean(const Rows& rows, FunctionRef<double(double, double)> value) {
  double sum = 0;
  for (std::size_t i = 0; i < rows.target.size(); ++i)
    sum += value(static_cast<double>(rows.output[i]), rows.target[i]);
  return sum / static_cast<double>(rows.target.size());
}

/// Calls check(rows, counted rows, random numbers, context) for random rows.
inline void for_random_rows(
    std::int64_t width, std::int64_t labels, unsigned classes, double nan_share,
    FunctionRef<void(const Rows&, const Rows&, std::mt19937&, const std::string&)> check) {
  for (unsigned round = 0; round < 30; ++round) {
    std::mt19937 random(seed + round);
    const Rows rows = random_rows(random, width, labels, classes, nan_share);
    check(rows, rows.counted(), random, "seed " + std::to_string(seed + round));
  }
}

}  // namespace foregraph::test
