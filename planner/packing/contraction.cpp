#include <foregraph/detail/planner/packing/contraction.hpp>
#include <map>

namespace foregraph::packing {

Contraction::Contraction(const Part& whole, std::uint64_t seed)
    : whole_count_(whole.buffers.size()), random_{seed} {
  for (std::size_t i = 0; i < whole.buffers.size(); ++i)
    groups_.push_back({whole.buffers[i], {{static_cast<Index>(i), 0}}});
  for (bool has_changed = true; has_changed;) {
    has_changed = join_in_time();
    has_changed = join_same_lives() || has_changed;
  }
  for (const Group& each : groups_) part_.buffers.push_back(each.as_buffer);
  part_.alive = whole.alive;
  part_.most_alive = whole.most_alive;
}

/// Returns true at random, to leave a join to a later pass; another may be made in the meantime.
bool Contraction::skips() {
  return random_.next() % 8 == 0;
}

bool Contraction::join_in_time() {
  std::vector<Group> joined;  // in the order of groups_, hence sorted by `first`
  std::multimap<std::pair<Index, std::int64_t>, std::size_t> by_end_and_size;
  for (Group& each : groups_) {
    const Part::Buffer& b = each.as_buffer;
    const auto before = by_end_and_size.find({b.first, b.size});
    std::size_t which = joined.size();
    if (before == by_end_and_size.end() || skips()) {
      joined.push_back(std::move(each));
    } else {
      which = before->second;
      by_end_and_size.erase(before);
      Group& into = joined[which];
      into.as_buffer.last = b.last;
      into.as_buffer.steps += b.steps;
      into.members.insert(into.members.end(), each.members.begin(), each.members.end());
    }
    const Part::Buffer& result = joined[which].as_buffer;
    by_end_and_size.insert({{result.last, result.size}, which});
  }
  const bool has_changed = joined.size() < groups_.size();
  groups_ = std::move(joined);
  return has_changed;
}

bool Contraction::join_same_lives() {
  std::vector<Group> joined;
  std::map<std::pair<Index, Index>, std::size_t> by_life;
  for (Group& each : groups_) {
    const Part::Buffer& b = each.as_buffer;
    const auto [known, is_new] = by_life.insert({{b.first, b.last}, joined.size()});
    if (is_new || skips()) {
      joined.push_back(std::move(each));
      continue;
    }
    Group& into = joined[known->second];
    for (const Member& m : each.members)
      into.members.push_back({m.buffer, into.as_buffer.size + m.offset});
    into.as_buffer.size += b.size;
  }
  const bool has_changed = joined.size() < groups_.size();
  groups_ = std::move(joined);
  return has_changed;
}

std::vector<std::int64_t> Contraction::expand(std::span<const std::int64_t> offsets) const {
  std::vector<std::int64_t> result(whole_count_, 0);
  for (std::size_t i = 0; i < groups_.size(); ++i)
    for (const Member& m : groups_[i].members) result[at(m.buffer)] = offsets[i] + m.offset;
  return result;
}

}  // namespace foregraph::packing
