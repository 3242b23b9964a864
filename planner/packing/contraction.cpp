#include <algorithm>
#include <foregraph/detail/planner/packing/contraction.hpp>
#include <map>
#include <set>

namespace foregraph::packing {
namespace {

/// Buffers with the same live range of which each pair is compared.
constexpr std::size_t most_compared = 64;

}  // namespace

Contraction::Contraction(const Part& whole, std::uint64_t seed)
    : whole_count_(whole.buffers.size()), random_{seed} {
  for (std::size_t i = 0; i < whole.buffers.size(); ++i)
    groups_.push_back({whole.buffers[i], {{static_cast<Index>(i), 0}}});
  // The surest joins come first.
  const bool joins_more = seed % 2 == 0;
  while (join_in_time() || join_matching_lives() || (joins_more && join_same_lives())) {
  }
  for (const Group& each : groups_) part_.buffers.push_back(each.as_buffer);
  part_.alive = whole.alive;
  part_.most_alive = whole.most_alive;
}

/// Returns true at random, to leave a join to a later pass; another may be made in the meantime.
bool Contraction::skips() {
  return random_.next() % 8 == 0;
}

void Contraction::put_on_top(Group& group, const Group& other) {
  for (const Member& m : other.members)
    group.members.push_back({m.buffer, group.as_buffer.size + m.offset});
  group.as_buffer.size += other.as_buffer.size;
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

bool Contraction::join_matching_lives() {
  using Edge = std::pair<Index, std::int64_t>;  // a section and a size
  std::set<Edge> ends;
  std::set<Edge> begins;
  std::map<std::pair<Index, Index>, std::vector<std::size_t>> by_life;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Part::Buffer& b = groups_[i].as_buffer;
    begins.insert({b.first, b.size});
    ends.insert({b.last, b.size});
    by_life[{b.first, b.last}].push_back(i);
  }
  std::vector<char> is_joined(groups_.size(), 0);
  bool has_changed = false;
  for (const auto& [life, groups] : by_life) {
    const std::size_t count = std::min(groups.size(), most_compared);
    for (std::size_t j = 1; j < count; ++j)
      for (std::size_t i = 0; i < j; ++i) {
        if (is_joined[groups[i]] != 0 || is_joined[groups[j]] != 0) continue;
        Group& into = groups_[groups[i]];
        Group& other = groups_[groups[j]];
        const std::int64_t size = into.as_buffer.size + other.as_buffer.size;
        if (!ends.contains({life.first, size}) && !begins.contains({life.second, size})) continue;
        if (skips()) continue;
        put_on_top(into, other);
        is_joined[groups[i]] = 1;  // its size is no longer the one that was compared
        is_joined[groups[j]] = 2;
        has_changed = true;
      }
  }
  std::vector<Group> left;
  for (std::size_t i = 0; i < groups_.size(); ++i)
    if (is_joined[i] != 2) left.push_back(std::move(groups_[i]));
  groups_ = std::move(left);
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
    put_on_top(joined[known->second], each);
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
