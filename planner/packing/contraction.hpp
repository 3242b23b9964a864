#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// A part with fewer buffers, some of which stand for several; each placement of it is one of the
/// whole.
///
/// Idea: a buffer that begins where another of its size ends may well take its place, and buffers
/// of the same life may well lie side by side. Doing so wherever it can be, again and again, undoes
/// the cuts by which a part without gaps may have come about, and leaves less to be searched; but
/// the best placement may be lost. O(n log n) a pass, of which there are few.
class Contraction {
 public:
  /// Which buffers are joined where there is a choice depends on the seed.
  Contraction(const Part& whole, std::uint64_t seed);

  [[nodiscard]] const Part& part() const { return part_; }
  /// Offsets in the whole, from those in part().
  [[nodiscard]] std::vector<std::int64_t> expand(std::span<const std::int64_t> offsets) const;

 private:
  struct Member {
    Index buffer;
    std::int64_t offset;  ///< in the group
  };
  struct Group {
    Part::Buffer as_buffer;
    std::vector<Member> members;
  };
  bool skips();
  bool join_in_time();
  bool join_same_lives();

  std::vector<Group> groups_{};  ///< by `first`
  Part part_{};
  std::size_t whole_count_;
  Random random_;
};

}  // namespace foregraph::packing
