#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph::data {

/// One sample of the batch being assembled, as a transform sees it: its row of each field, which
/// can be changed in place. The data set itself never changes.
class FOREGRAPH_EXPORT Sample {
 public:
  /// Returns this sample's row of the field called `name`. `field<const T>` can read any field; a
  /// field that is neither in the batch nor in memory is read from its source at each call, and the
  /// result is valid until the next call. `field<T>` also allows writing, but only to fields of the
  /// batch. Throws UsageError if the field does not exist, has another dtype or is not accessible.
  template <class T>
  [[nodiscard]] std::span<T> field(std::string_view name) {
    const DType dtype = dtype_of<std::remove_const_t<T>>;
    const Row row = find(name, dtype, std::is_const_v<T>);
    return {reinterpret_cast<T*>(row.data), row.elements};
  }
  /// As field(), and throws UsageError unless rows of the field have the shape `row_shape`:
  /// `sample.field<float>("x", {28, 28, 1})`.
  template <class T>
  [[nodiscard]] std::span<T> field(std::string_view name, ListOf<std::int64_t> row_shape) {
    const std::span<T> values = field<T>(name);
    check_shape(name, row_shape);
    return values;
  }
  /// Returns the field's spec at this point of the pipeline, or null if the batch has no such
  /// field.
  [[nodiscard]] const FieldSpec* spec(std::string_view name) const;

  /// Return the sample's row in the data set (for a stream, its number in the epoch), and the
  /// epoch.
  [[nodiscard]] std::int64_t row() const { return row_; }
  /// Returns the epoch, counted from 0.
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }

  /// Returns a seed for random augmentation that depends only on the pipeline's seed, the pass
  /// through the data, the sample and `use`. The seed does not depend on the batch size, prefetch
  /// depth or number of workers, and it changes every epoch. Transforms in the same pipeline should
  /// use different values of `use`.
  [[nodiscard]] std::uint64_t random_seed(std::uint64_t use = 0) const;

 private:
  friend class BatchAssembler;
  struct Row {
    std::byte* data;
    std::size_t elements;
  };
  /// A field at this point of the pipeline; `data` is null if the field is not in the batch.
  struct Current {
    const FieldSpec* spec = nullptr;
    std::byte* data = nullptr;
  };
  /// Rows of fields that are read only for transforms, by field of the data set.
  struct Others {
    std::vector<std::vector<double>> rows{};  ///< doubles, for alignment
    std::vector<std::byte*> to{};
  };
  [[nodiscard]] Row find(std::string_view name, DType dtype, bool read_only) const;
  void check_shape(std::string_view name, std::span<const std::int64_t> row_shape) const;
  [[nodiscard]] std::byte* read_other(std::size_t field) const;

  const Dataset* dataset_ = nullptr;  ///< null for a stream
  std::span<const Current> current_;  ///< by field of the data set
  Others* others_ = nullptr;
  std::int64_t row_ = 0;
  std::int64_t epoch_ = 0;
  std::uint64_t seed_ = 0;
  std::int64_t pass_ = 0;          ///< through the data, over all epochs
  std::int64_t random_index_ = 0;  ///< row_, or the position in the epoch if rows repeat
  bool before_cache_ = false;      ///< random_seed() throws, since a cache would freeze its result
};

/// Changes a sample in place.
using Transform = std::function<void(Sample&)>;

}  // namespace foregraph::data
