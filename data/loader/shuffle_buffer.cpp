#include <foregraph/detail/data/loader/shuffle_buffer.hpp>

#include <algorithm>
#include <foregraph/detail/base/random.hpp>

namespace foregraph::data {

void ShuffleBuffer::start(std::int64_t samples, std::uint64_t seed, std::uint64_t stream) {
  samples_ = samples;
  seed_ = seed;
  stream_ = stream;
  draws_ = 0;
  filled_ = arrived_ = std::min(samples, static_cast<std::int64_t>(entries_.size()));
  for (std::int64_t i = 0; i < filled_; ++i) entries_[static_cast<std::size_t>(i)] = {i, i};
}

ShuffleBuffer::Draw ShuffleBuffer::draw() {
  const auto index = static_cast<std::size_t>(
      random_below(static_cast<std::uint64_t>(filled_), random_bits(seed_, stream_, draws_++)));
  Entry& entry = entries_[index];
  Draw result{entry.sample, entry.place};
  if (arrived_ < samples_) {
    result.next_sample = arrived_++;
    entry.sample = result.next_sample;
  } else {
    entry = entries_[static_cast<std::size_t>(--filled_)];
  }
  return result;
}

}  // namespace foregraph::data
