#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metric.hpp>
#include <string>

/// Helpers shared by the library's metrics: reading targets of any dtype, and checking them before
/// anything is counted.
namespace foregraph::detail {

/// Values of type T at an address of any alignment.
template <class T>
class TargetValues {
 public:
  explicit TargetValues(const MetricBatch& batch) : first_(batch.target.data()) {}
  [[nodiscard]] T operator[](std::int64_t i) const {
    T value;
    std::memcpy(&value, first_ + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
    return value;
  }

 private:
  const std::byte* first_;
};

/// Calls visit(TargetValues<T>) with T the type of the target.
template <class Visit>
void visit_target(const MetricBatch& batch, const Visit& visit) {
  switch (batch.target_dtype) {
    case DType::f32:
      return visit(TargetValues<float>(batch));
    case DType::f64:
      return visit(TargetValues<double>(batch));
    case DType::i32:
      return visit(TargetValues<std::int32_t>(batch));
    case DType::i64:
      return visit(TargetValues<std::int64_t>(batch));
    case DType::boolean:
      return visit(TargetValues<std::uint8_t>(batch));
  }
}

/// Calls visit(first) with the output's values: as float or, if those are rounded, as double.
template <class Visit>
void visit_output(const MetricBatch& batch, const Visit& visit) {
  if (batch.exact_output.empty()) return visit(batch.output.data());
  visit(batch.exact_output.data());
}

/// Calls visit(i) for each target element of the samples that count; exceptions from visit
/// propagate.
template <class Visit>
void for_each_element(const MetricBatch& batch, const Visit& visit) {
  for (std::int64_t s = 0; s < batch.samples; ++s) {
    if (!batch.counts(s)) continue;
    const std::int64_t end = (s + 1) * batch.target_elements;
    for (std::int64_t i = s * batch.target_elements; i < end; ++i) visit(i);
  }
}

[[nodiscard]] inline std::string sizes_of(const MetricBatch& batch) {
  return "the output has " + std::to_string(batch.output_elements) + " and the target " +
         std::to_string(batch.target_elements) + " values per sample, expected ";
}

/// Throws UsageError unless output and target have the same number of elements; `else_use` is the
/// advice in the message.
inline void check_pairs(const MetricBatch& batch, const char* else_use) {
  if (batch.output_elements != batch.target_elements)
    throw UsageError(sizes_of(batch) + "the same number of both; " + else_use);
}

/// Throws UsageError unless output and target have the same number of elements, DataError if a
/// target is not in [0, 1].
inline void check_binary(const MetricBatch& batch, const char* else_use) {
  check_pairs(batch, else_use);
  visit_target(batch, [&](const auto& target) {
    for_each_element(batch, [&](std::int64_t i) {
      const auto value = static_cast<double>(target[i]);
      if (!(value >= 0 && value <= 1))
        throw IndexError(
            "the target of ", i / batch.target_elements, "",
            " is " + std::to_string(value) + ", expected 0 or 1 (above one half counts as 1)");
    });
  });
}

/// Returns the number of classes. Throws UsageError unless each label has the same number of
/// scores, at least 2; DataError unless the labels are integers from 0 to classes - 1.
inline std::int64_t check_labels(const MetricBatch& batch, const char* else_use) {
  if (batch.target_dtype != i32 && batch.target_dtype != i64)
    throw DataError("the target is " + std::string(name_of(batch.target_dtype)) +
                    ", expected labels of type i32 or i64; " + else_use);
  const std::int64_t classes = batch.output_elements / batch.target_elements;
  if (classes < 2 || batch.output_elements % batch.target_elements != 0)
    throw UsageError(sizes_of(batch) + "the same number of scores, at least 2, for each label; " +
                     else_use);
  visit_target(batch, [&](const auto& target) {
    for_each_element(batch, [&](std::int64_t i) {
      const auto label = static_cast<std::int64_t>(target[i]);
      if (label < 0 || label >= classes)
        throw IndexError("the label of ", i / batch.target_elements, "",
                         " is " + std::to_string(label) + ", expected 0 to " +
                             std::to_string(classes - 1) + ": the output has " +
                             std::to_string(classes) + " scores for it");
    });
  });
  return classes;
}

}  // namespace foregraph::detail
