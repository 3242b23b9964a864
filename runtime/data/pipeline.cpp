#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/pipeline.hpp>
#include <foregraph/runtime/random.hpp>
#include <string>

namespace foregraph {

Sample::Row Sample::find(std::string_view name, DType dtype, bool read_only) const {
  const std::ptrdiff_t index = dataset_->find(name);
  if (index < 0)
    throw UsageError("a transform asked for field '" + std::string(name) +
                     "', which the data set does not have");
  const auto i = static_cast<std::size_t>(index);
  const FieldSpec& spec = dataset_->fields()[i];
  if (spec.dtype != dtype)
    throw UsageError("a transform asked for field '" + spec.name + "' as " +
                     std::string(name_of(dtype)) + ", but it is " +
                     std::string(name_of(spec.dtype)));
  std::byte* data = writable_[i];
  if (data == nullptr) {
    if (!read_only)
      throw UsageError("a transform asked to write field '" + spec.name +
                       "', which is not part of the batch; read it with field<const T>");
    data = const_cast<std::byte*>(dataset_->row(i, row_));  // handed out as const
  }
  return {data, static_cast<std::size_t>(spec.row_elements())};
}

std::uint64_t Sample::random_seed() const {
  return random_bits(seed_ ^ 0x5851f42d4c957f2dULL, static_cast<std::uint64_t>(epoch_),
                     static_cast<std::uint64_t>(row_));
}

Pipeline::Pipeline(Dataset dataset)
    : dataset_(std::move(dataset)), transforms_(std::make_shared<const std::vector<Transform>>()) {
  if (dataset_.size() < 1)
    throw DataError("the data set has no samples; add fields with at least one row");
}

Pipeline Pipeline::shuffle(std::uint64_t seed) const {
  Pipeline changed = *this;
  changed.seed_ = seed;
  return changed;
}

Pipeline Pipeline::map(Transform transform) const {
  if (!transform) throw UsageError("map: the transform is empty; give a function of Sample&");
  Pipeline changed = *this;
  auto transforms = std::make_shared<std::vector<Transform>>(*transforms_);
  transforms->push_back(std::move(transform));
  changed.transforms_ = std::move(transforms);
  return changed;
}

Pipeline Pipeline::batch(std::int64_t size, Tail tail) const {
  if (size < 1)
    throw BatchError("batch size is " + std::to_string(size) + ", expected at least 1 sample");
  if (tail == Tail::drop && size > dataset_.size())
    throw BatchError("batch size is " + std::to_string(size) + ", but the data set has only " +
                     std::to_string(dataset_.size()) +
                     " samples, and Tail::drop would leave no batch at all; take a smaller batch "
                     "or Tail::keep");
  Pipeline changed = *this;
  changed.batch_size_ = size;
  changed.tail_ = tail;
  return changed;
}

Pipeline Pipeline::prefetch(int depth) const {
  if (depth < 0)
    throw UsageError("prefetch: the depth is " + std::to_string(depth) +
                     ", expected 0 or more batches");
  Pipeline changed = *this;
  changed.prefetch_depth_ = depth;
  return changed;
}

std::span<const Transform> Pipeline::transforms() const {
  return *transforms_;
}

std::int64_t Pipeline::batches_per_epoch() const {
  const std::int64_t whole = dataset_.size() / batch_size_;
  return tail_ == Tail::drop ? whole : whole + (dataset_.size() % batch_size_ != 0 ? 1 : 0);
}

std::int64_t Pipeline::largest_batch() const {
  return std::min(batch_size_, dataset_.size());
}

}  // namespace foregraph
