#include <algorithm>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <foregraph/detail/data/loader/epoch_order.hpp>

namespace foregraph::data {

EpochOrder::EpochOrder(const Pipeline& pipeline)
    : pipeline_(pipeline), description_(pipeline_.description_.get()) {
  const auto samples = static_cast<std::size_t>(description_->samples);
  if (description_->order == Pipeline::Order::permuted) {
    if (samples <= UINT32_MAX) {
      order_.resize(samples);
    } else {
      wide_order_.resize(samples);
    }
  }
  if (description_->order == Pipeline::Order::buffered && !description_->stream)
    buffer_ = ShuffleBuffer(std::min(description_->buffer, description_->samples));
}

void EpochOrder::start(std::int64_t epoch, std::int64_t position) {
  epoch_ = epoch;
  const std::int64_t length = pipeline_.samples_per_pass();
  pass_ = position / length;
  position_ = position % length;
  start_pass();
}

void EpochOrder::start_pass() {
  const std::uint64_t seed = description_->seed;
  const auto stream = static_cast<std::uint64_t>(epoch_ * description_->repeat + pass_);
  switch (description_->order) {
    case Pipeline::Order::permuted:
      if (wide_order_.empty()) {
        permute(order_, seed, stream);
      } else {
        permute(wide_order_, seed, stream);
      }
      break;
    case Pipeline::Order::computed:
      bijection_.emplace(description_->samples, seed, stream);
      break;
    case Pipeline::Order::buffered:
      buffer_.start(description_->samples, seed, stream);
      buffered_index_ = 0;
      break;
    case Pipeline::Order::as_is:
    case Pipeline::Order::balanced:
      break;
  }
}

/// Returns a row in class-balanced order. In each round every class gives one sample, in an order
/// drawn for that round. Each class is visited by a permutation that changes after every full
/// cycle.
std::int64_t EpochOrder::balanced_row(std::int64_t index) const {
  const std::uint64_t seed = description_->seed;
  const auto stream = static_cast<std::uint64_t>(epoch_ * description_->repeat + pass_);
  const auto classes = static_cast<std::int64_t>(description_->classes->size());
  const std::int64_t round = index / classes;
  const Bijection order(classes, spread_bits(seed + 1) ^ stream, static_cast<std::uint64_t>(round));
  const std::int64_t chosen = order(index % classes);
  const auto& rows = (*description_->classes)[static_cast<std::size_t>(chosen)];
  const auto count = static_cast<std::int64_t>(rows.size());
  const Bijection within(count, spread_bits(seed + 2) ^ stream,
                         static_cast<std::uint64_t>(chosen + round / count * classes));
  return rows[static_cast<std::size_t>(within(round % count))];
}

std::int64_t EpochOrder::row(std::int64_t index) {
  switch (description_->order) {
    case Pipeline::Order::permuted:
      return wide_order_.empty() ? std::int64_t{order_[static_cast<std::size_t>(index)]}
                                 : wide_order_[static_cast<std::size_t>(index)];
    case Pipeline::Order::computed:
      return (*bijection_)(index);
    case Pipeline::Order::balanced:
      return balanced_row(index);
    case Pipeline::Order::buffered: {
      std::int64_t drawn = 0;
      for (; buffered_index_ <= index; ++buffered_index_) drawn = buffer_.draw().sample;
      return drawn;
    }
    case Pipeline::Order::as_is:
      break;
  }
  return index;
}

void EpochOrder::next(std::span<std::int64_t> rows) {
  const std::int64_t length = pipeline_.samples_per_pass();
  for (std::int64_t& each : rows) {
    if (position_ == length) {
      position_ = 0;
      ++pass_;
      start_pass();
    }
    each = row(description_->skip + position_ * description_->shards + description_->shard);
    ++position_;
  }
}

void Delivery::add(std::span<const std::int64_t> rows) {
  samples += static_cast<std::int64_t>(rows.size());
  for (const std::int64_t row : rows) hash += spread_bits(static_cast<std::uint64_t>(row) + 1);
}

}  // namespace foregraph::data
