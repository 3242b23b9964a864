#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/runtime/data/loader.hpp>

namespace foregraph {

/// Copies the rows of a batch into a slot and applies the transforms. Allocates nothing after the
/// constructor. Used by one thread at a time.
class BatchAssembler {
 public:
  BatchAssembler(const Pipeline& pipeline, std::vector<SlotField> fields);

  /// The order of the samples in this epoch.
  void start_epoch(std::int64_t epoch);
  /// Assembles batch `index` at `base`; returns its rows. Throws what a transform throws. Leaves
  /// the batch as it is when `interrupted` becomes true: no transform begins after that.
  std::span<const std::int64_t> assemble(std::int64_t index, std::byte* base,
                                         const std::atomic<bool>& interrupted);
  [[nodiscard]] std::span<const SlotField> fields() const { return fields_; }

 private:
  void gather(std::span<const std::int64_t> rows, const SlotField& field, std::byte* base) const;

  Pipeline pipeline_;
  std::vector<SlotField> fields_;
  std::vector<std::int64_t> order_;
  std::vector<std::byte*> writable_;  ///< by field of the data set, of the sample at hand
  std::int64_t epoch_ = 0;
};

}  // namespace foregraph
