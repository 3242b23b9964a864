#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// A smaller part, some of whose buffers stand for several buffers of the whole part. Each
/// placement of it gives a placement of the whole.
///
/// Idea: a buffer whose live range begins where that of another buffer of the same size ends can
/// often reuse its offset, and buffers with the same live range can often be placed side by side.
/// Joining such buffers repeatedly leaves less to search, and undoes cuts in a part without gaps;
/// but the best placement may be lost. O(n log n) for each of a few passes.
class Contraction {
 public:
  /// Joins buffers of `whole`; the seed decides where there is a choice.
  Contraction(const Part& whole, std::uint64_t seed);

  [[nodiscard]] const Part& part() const { return part_; }
  /// Converts offsets of part() to offsets of the whole part.
  [[nodiscard]] std::vector<std::int64_t> expand(std::span<const std::int64_t> offsets) const;

 private:
  struct Member {
    Index buffer;
    std::int64_t offset;  ///< within the group
  };
  struct Group {
    Part::Buffer as_buffer;
    std::vector<Member> members;
  };
  bool skips();
  bool join_in_time();
  bool join_matching_lives();
  bool join_same_lives();
  static void put_on_top(Group& group, const Group& other);

  std::vector<Group> groups_{};  ///< sorted by `first`
  Part part_{};
  std::size_t whole_count_;
  Random random_;
};

}  // namespace foregraph::packing
