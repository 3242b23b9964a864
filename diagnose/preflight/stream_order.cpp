#include <algorithm>
#include <cstring>
#include <foregraph/detail/diagnose/preflight/stream_order.hpp>

namespace foregraph {
namespace {

double value_at(DType dtype, const std::byte* at) {
  const auto read = [&](auto value) {
    std::memcpy(&value, at, sizeof value);
    return static_cast<double>(value);
  };
  switch (dtype) {
    case DType::f32:
      return read(float{});
    case DType::f64:
      return read(double{});
    case DType::i32:
      return read(std::int32_t{});
    case DType::i64:
      return read(std::int64_t{});
    case DType::boolean:
      break;
  }
  return read(std::uint8_t{});
}

}  // namespace

StreamOrder::StreamOrder(const Graph& evaluation, const data::Pipeline& data) : data_(data) {
  for (const checks::InputRole& role : checks::roles_of(evaluation)) {
    if (!role.is_target || data.find(role.name) < 0) continue;
    target_ = role;
    field_ = static_cast<std::size_t>(data.find(role.name));
    targets_.samples = data.samples_per_epoch();
    targets_.population.reserve(
        static_cast<std::size_t>(std::min(data.samples_per_epoch(), most_samples)));
    return;
  }
}

void StreamOrder::add(const data::Batch& part) {
  const auto noted = static_cast<std::int64_t>(targets_.population.size());
  if (!target_ || noted + part.samples > most_samples) return;
  const data::FieldSpec& spec = data_.fields()[field_];
  for (const data::SlotField& slot : part.fields) {
    if (slot.field_index != field_) continue;
    std::vector<double>& values = targets_.batches.emplace_back();
    for (std::int64_t i = 0; i < part.samples; ++i) {
      const std::byte* row = part.base + slot.offset_bytes + i * spec.row_bytes();
      double value = value_at(spec.dtype, row);
      if (target_->is_distribution) {  // the class is the index of the largest
        const std::int64_t size = bytes_per_element(spec.dtype);
        std::int64_t best = 0;
        for (std::int64_t e = 1; e < spec.row_elements(); ++e)
          if (value_at(spec.dtype, row + e * size) > value_at(spec.dtype, row + best * size))
            best = e;
        value = static_cast<double>(best);
      }
      values.push_back(value);
      targets_.population.push_back(value);
    }
  }
}

Report StreamOrder::finish() const {
  Report report;
  if (!target_ || targets_.batches.size() < 2) return report;
  checks::test_order(report, data_, *target_, targets_);
  report.add_checked("order");
  return report;
}

}  // namespace foregraph
