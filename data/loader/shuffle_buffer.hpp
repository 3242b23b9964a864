#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>

namespace foregraph::data {

/// The order in which samples leave a shuffle buffer. The first `capacity` samples fill its places;
/// then one at random is delivered and the next sample takes its place. Every draw depends only on
/// (seed, stream, index of the draw). 16 bytes per place.
class FOREGRAPH_EXPORT ShuffleBuffer {
 public:
  /// Allocates memory for `capacity` places.
  explicit ShuffleBuffer(std::int64_t capacity = 0)
      : entries_(static_cast<std::size_t>(capacity)) {}

  void start(std::int64_t samples, std::uint64_t seed, std::uint64_t stream);

  struct Draw {
    std::int64_t sample = 0;
    std::int64_t place = 0;
    std::int64_t next_sample = -1;  ///< sample that takes this place, or -1
  };
  /// Draws the next sample; may be called at most `samples` times after start(). Before the first
  /// call, samples 0 to filled()-1 must be stored in the places with the same numbers.
  Draw draw();
  [[nodiscard]] std::int64_t filled() const { return filled_; }

 private:
  struct Entry {
    std::int64_t sample;
    std::int64_t place;
  };
  std::vector<Entry> entries_;
  std::int64_t filled_ = 0;
  std::int64_t arrived_ = 0;
  std::int64_t samples_ = 0;
  std::uint64_t draws_ = 0;
  std::uint64_t seed_ = 0;
  std::uint64_t stream_ = 0;
};

}  // namespace foregraph::data
