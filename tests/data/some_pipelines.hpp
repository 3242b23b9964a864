#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Data whose rows tell their number, from every kind of source, and pipelines over them.
namespace foregraph::test {

/// Row i holds x = {i, 2 i} and label i % 5.
inline data::Dataset numbered_rows(std::int64_t rows) {
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) {
    x.insert(x.end(), {static_cast<float>(i), static_cast<float>(2 * i)});
    labels.push_back(static_cast<std::int32_t>(i % 5));
  }
  return data::Dataset().add("x", {2}, std::move(x)).add("label", {}, std::move(labels));
}

/// The same rows, read one at a time.
struct Lazy {
  std::int64_t rows = 0;
  std::vector<data::FieldSpec> specs{{"x", f32, {2}}, {"label", i32, {}}};
  std::int64_t broken_row = -1;
  std::atomic<int>* reads = nullptr;

  [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
  [[nodiscard]] std::int64_t size() const { return rows; }
  void read(std::int64_t row, std::span<std::byte* const> to) const {
    if (row == broken_row) throw DataError("row " + std::to_string(row) + " cannot be read");
    if (reads != nullptr) ++*reads;
    const float x[2] = {static_cast<float>(row), static_cast<float>(2 * row)};
    const auto label = static_cast<std::int32_t>(row % 5);
    if (to[0] != nullptr) std::memcpy(to[0], x, sizeof x);
    if (to[1] != nullptr) std::memcpy(to[1], &label, sizeof label);
  }
};

/// The same rows, one after another; `first` of epoch e is 1000 e.
class Numbers final : public data::Stream {
 public:
  explicit Numbers(std::int64_t rows) : rows_(rows) {}
  [[nodiscard]] std::span<const data::FieldSpec> fields() const override { return specs_; }
  void restart(std::int64_t epoch) override {
    next_ = 0;
    first_ = 1000 * epoch;
  }
  bool next(std::span<std::byte* const> to) override {
    if (next_ == rows_) return false;
    const auto value = static_cast<float>(first_ + next_++);
    const float x[2] = {value, 2 * value};
    if (to[0] != nullptr) std::memcpy(to[0], x, sizeof x);
    return true;
  }

 private:
  std::vector<data::FieldSpec> specs_{{"x", f32, {2}}};
  std::int64_t rows_;
  std::int64_t next_ = 0;
  std::int64_t first_ = 0;
};

struct Epoch {
  std::vector<std::byte> bytes;  ///< of all batches, one after another
  std::vector<std::int64_t> rows;
  data::LoaderPosition end{};
};

/// What is left of an epoch; all fields, filling included.
inline Epoch rest_of(data::Loader& loader) {
  Epoch result;
  data::Batch batch;
  while (loader.next(batch)) {
    result.rows.insert(result.rows.end(), batch.row_indices.begin(), batch.row_indices.end());
    for (const data::SlotField& field : batch.fields) {
      const std::int64_t row_bytes =
          field.field_index == data::mask_field
              ? 4
              : loader.pipeline().fields()[field.field_index].row_bytes();
      const std::byte* first = batch.base + field.offset_bytes;
      result.bytes.insert(result.bytes.end(), first, first + batch.size * row_bytes);
    }
  }
  result.end = loader.position();
  return result;
}

inline Epoch epoch_of(const data::Pipeline& pipeline, std::int64_t epoch) {
  data::Loader loader(pipeline);
  loader.start_epoch(epoch);
  return rest_of(loader);
}

inline data::Transform noise() {
  return [](data::Sample& sample) {
    sample.field<float>("x")[1] += static_cast<float>(sample.random_seed() >> 40) * 0x1p-24F;
  };
}

/// Pipelines with everything that may depend on the number of workers.
inline std::vector<data::Pipeline> some_pipelines() {
  const auto twice = [](data::Sample&, std::span<const float> from, std::span<float> to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i / 2];
  };
  const auto in_sixths = [](data::Sample&, std::span<const float> from, std::span<float> to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[0] + static_cast<float>(i) / 6;
  };
  const data::Dataset data = numbered_rows(203);
  const data::Pipeline lazy = data::from(Lazy{203});
  return {
      data::from(data).shuffle(3).map(noise()).batch(16),
      data::from(data)
          .shuffle(3, data::Permutation::computed)
          .map(noise())
          .batch(16, data::Tail::drop),
      data::from(data).shuffle_buffer(50, 3).map(noise()).batch(16, data::Tail::pad),
      data::from(data).class_balanced("label", 3).map(noise()).batch(7),
      data::from(data).shuffle(3).repeat(2).take(150).map(noise()).batch(16),
      lazy.shuffle(3).convert<float, float>("x", {4}, twice).map(noise()).batch(32),
      lazy.shuffle(3)
          .map([](data::Sample& s) { s.field<float>("x")[0] += 1; })
          .cache()
          .map(noise())
          .batch(5),
      data::from(data)
          .shuffle(3)
          .convert<float, float>("x", {2, 3}, in_sixths)
          .permute("x", {1, 0})
          .map(noise())
          .reshape("x", {6})
          .batch(16),
      data::from(std::make_shared<Numbers>(203), 203).map(noise()).batch(16),
      data::from(std::make_shared<Numbers>(203), 203).shuffle_buffer(30, 2).map(noise()).batch(16),
      data::from(std::make_shared<Numbers>(203), 203)
          .shuffle_buffer(30, 2)
          .shard(1, 3)
          .convert<float, float>("x", {4}, twice)
          .batch(8, data::Tail::pad),
  };
}

}  // namespace foregraph::test
