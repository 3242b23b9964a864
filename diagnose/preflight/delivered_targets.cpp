#include <algorithm>
#include <chrono>
#include <foregraph/detail/data/loader/epoch_order.hpp>
#include <foregraph/detail/diagnose/preflight/delivered_targets.hpp>
#include <foregraph/detail/diagnose/samples/sampled_rows.hpp>

namespace foregraph::checks {
namespace {

constexpr std::int64_t most_whole = 200'000;
constexpr std::int64_t most_sampled = 20'000;
constexpr std::int64_t sampled_batches = 8;
constexpr std::int64_t sampled_of_batch = 256;

/// Reads one field of individual rows.
class TargetReader {
 public:
  TargetReader(const data::Dataset& data, std::size_t field, bool by_largest)
      : data_(data),
        column_{data.fields()[field], {}, data.fields()[field].row_elements()},
        to_(data.fields().size(), nullptr),
        by_largest_(by_largest) {
    column_.bytes.resize(static_cast<std::size_t>(column_.spec.row_bytes()));
    to_[field] = column_.bytes.data();
  }
  double operator()(std::int64_t row) {
    data_.read(row, to_);
    if (!by_largest_) return column_.value(0, 0);
    std::int64_t best = 0;
    for (std::int64_t e = 1; e < column_.elements; ++e)
      if (column_.value(0, e) > column_.value(0, best)) best = e;
    return static_cast<double>(best);
  }

 private:
  const data::Dataset& data_;
  Column column_;
  std::vector<std::byte*> to_;
  bool by_largest_;
};

}  // namespace

std::optional<DeliveredTargets> delivered_targets(const data::Pipeline& data,
                                                  const std::string& name, bool by_largest,
                                                  double most_seconds) {
  const std::ptrdiff_t found = data.dataset().find(name);
  if (found < 0) return std::nullopt;
  const auto field = static_cast<std::size_t>(found);
  const auto start = std::chrono::steady_clock::now();
  const auto is_late = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() >
           most_seconds;
  };
  DeliveredTargets result;
  result.samples = data.samples_per_epoch();
  TargetReader read(data.dataset(), field, by_largest);
  data::EpochOrder order(data);
  order.start(0);
  const bool whole = data.dataset().in_memory(field) && result.samples <= most_whole;
  const std::int64_t stride = whole ? 1 : std::max<std::int64_t>(1, result.samples / most_sampled);
  const std::int64_t batch_size = data.batch_size();
  const std::int64_t of_batch = whole ? batch_size : std::min(batch_size, sampled_of_batch);
  std::vector<std::int64_t> rows(4096);
  std::int64_t position = 0;
  for (std::int64_t left = result.samples; left > 0;) {
    const auto count = static_cast<std::size_t>(
        std::min<std::int64_t>(left, static_cast<std::int64_t>(rows.size())));
    order.next(std::span(rows).first(count));
    for (std::size_t i = 0; i < count; ++i, ++position) {
      const std::int64_t number = position / batch_size;
      const std::int64_t in_batch = position % batch_size;
      // Sample j of the part is sample j * batch / of_batch of the batch.
      const std::int64_t j = in_batch * of_batch / batch_size;
      const bool of_part = (whole || number < sampled_batches) &&
                           (in_batch == 0 || j != (in_batch - 1) * of_batch / batch_size);
      const bool of_population = position % stride == 0;
      if (!of_part && !of_population) continue;
      const double value = read(rows[i]);
      if (of_population) result.population.push_back(value);
      if (!of_part) continue;
      if (static_cast<std::int64_t>(result.batches.size()) <= number) result.batches.emplace_back();
      result.batches.back().push_back(value);
    }
    left -= static_cast<std::int64_t>(count);
    if (is_late()) return std::nullopt;
  }
  return result;
}

}  // namespace foregraph::checks
