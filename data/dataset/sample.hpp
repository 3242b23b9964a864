#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph {

/// One sample in the batch being assembled, as a transform sees it: its row of each field, to be
/// changed in place. The data set itself never changes.
class Sample {
 public:
  /// This sample's row of the field called `name`. `field<const T>` reads any field, and one that
  /// is neither part of the batch nor in memory from its source, at each call; it is valid until
  /// the next. `field<T>` also writes, which only the fields of the batch can be. Throws UsageError
  /// if there is no such field, its dtype is another or it cannot be had.
  template <class T>
  [[nodiscard]] std::span<T> field(std::string_view name) {
    const DType dtype = dtype_of<std::remove_const_t<T>>;
    const Row row = find(name, dtype, std::is_const_v<T>);
    return {reinterpret_cast<T*>(row.data), row.elements};
  }
  /// The field's spec as it is at this point of the pipeline, or null if there is no such field in
  /// the batch.
  [[nodiscard]] const FieldSpec* spec(std::string_view name) const;

  /// The sample's row in the data set (of a stream: its number in the epoch), and the epoch.
  [[nodiscard]] std::int64_t row() const { return row_; }
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }

  /// A seed for random augmentation: a function of the pipeline's seed, the pass through the data,
  /// the sample and `use` only. It is the same whatever the batch size, prefetch depth or number of
  /// workers, and another in the next epoch. Transforms that share a pipeline take different
  /// `use`s.
  [[nodiscard]] std::uint64_t random_seed(std::uint64_t use = 0) const;

 private:
  friend class BatchAssembler;
  struct Row {
    std::byte* data;
    std::size_t elements;
  };
  /// A field as it is at this point of the pipeline; `data` is null if it is not in the batch.
  struct Current {
    const FieldSpec* spec = nullptr;
    std::byte* data = nullptr;
  };
  /// A row of a field that is read for a transform alone, by field of the data set.
  struct Others {
    std::vector<std::vector<double>> rows{};  ///< of doubles, so that they are aligned
    std::vector<std::byte*> to{};
  };
  [[nodiscard]] Row find(std::string_view name, DType dtype, bool read_only) const;
  [[nodiscard]] std::byte* read_other(std::size_t field) const;

  const Dataset* dataset_ = nullptr;  ///< null for a stream
  std::span<const Current> current_;  ///< by field of the data set
  Others* others_ = nullptr;
  std::int64_t row_ = 0;
  std::int64_t epoch_ = 0;
  std::uint64_t seed_ = 0;
  std::int64_t pass_ = 0;          ///< through the data, over all epochs
  std::int64_t random_index_ = 0;  ///< row_, or the position where rows come more than once
  bool before_cache_ = false;      ///< randomness would be frozen
};

/// Changes a sample in place.
using Transform = std::function<void(Sample&)>;

}  // namespace foregraph
