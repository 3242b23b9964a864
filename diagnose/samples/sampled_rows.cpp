#include <algorithm>
#include <chrono>
#include <cstring>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/diagnose/samples/sampled_rows.hpp>

namespace foregraph::checks {
namespace {

constexpr std::int64_t most_sampled_bytes = std::int64_t{32} << 20;
constexpr std::uint64_t seed = 0x5eed;

template <class T>
double element_at(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

double Column::value(std::int64_t index, std::int64_t element) const {
  const std::byte* at = row(index) + element * bytes_per_element(spec.dtype);
  switch (spec.dtype) {
    case DType::f32:
      return element_at<float>(at);
    case DType::f64:
      return element_at<double>(at);
    case DType::i32:
      return element_at<std::int32_t>(at);
    case DType::i64:
      return element_at<std::int64_t>(at);
    default:
      return element_at<std::uint8_t>(at);
  }
}

const Column* SampledRows::find(std::string_view name) const {
  for (const Column& each : columns)
    if (each.spec.name == name) return &each;
  return nullptr;
}

data::Pipeline at_random(const data::Pipeline& data, std::int64_t batch_size) {
  return data.in_order()
      .shuffle(seed, data::Permutation::computed)
      .batch(batch_size)
      .prefetch(0)
      .workers(1);
}

SampledRows sample_rows(const data::Pipeline& data, std::int64_t most_rows, double most_seconds) {
  const auto start = std::chrono::steady_clock::now();
  SampledRows sampled;
  std::int64_t row_bytes = 0;
  for (const data::FieldSpec& field : data.fields()) {
    sampled.columns.push_back({field, {}, field.row_elements()});
    row_bytes += field.row_bytes();
  }
  most_rows = std::min(
      most_rows,
      std::max<std::int64_t>(2, most_sampled_bytes / std::max<std::int64_t>(1, row_bytes)));
  try {
    // Small batches, so that one that is wrong or slow does not hide the others.
    data::Loader loader(at_random(data, std::clamp<std::int64_t>(most_rows / 16, 1, 64)));
    sampled.population = loader.pipeline().samples_per_epoch();
    data::Batch batch_data;
    loader.start_epoch(0);
    while (sampled.size() < most_rows && loader.next(batch_data)) {
      const std::int64_t taken = std::min(batch_data.size, most_rows - sampled.size());
      for (std::size_t i = 0; i < batch_data.fields.size(); ++i) {
        if (batch_data.fields[i].field_index == data::mask_field) continue;
        Column& column = sampled.columns[batch_data.fields[i].field_index];
        const std::byte* first = batch_data.field(i);
        column.bytes.insert(column.bytes.end(), first, first + taken * column.spec.row_bytes());
      }
      sampled.rows.insert(sampled.rows.end(), batch_data.row_indices.begin(),
                          batch_data.row_indices.begin() + taken);
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      sampled.out_of_time = elapsed.count() > most_seconds;
      if (sampled.out_of_time) break;
    }
  } catch (const std::exception& error) {
    sampled.error = error.what();
  }
  return sampled;
}

}  // namespace foregraph::checks
