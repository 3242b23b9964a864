#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/constrained/constraints.hpp>
#include <map>
#include <numeric>
#include <string>

namespace foregraph {
namespace {

constexpr std::int64_t most_bytes_in_all = std::int64_t{1} << 62;

/// Calls `use(first, last, begin, end)` for each stretch of the buffer's life and the bytes that
/// are in use during it.
template <class Use>
void for_each_use(const ConstrainedBuffer& buffer, const Use& use) {
  std::int32_t now = buffer.range.first;
  for (const LifeGap& gap : buffer.gaps) {
    if (now < gap.first) use(now, gap.first, std::int64_t{0}, buffer.range.bytes);
    if (gap.first < gap.last && gap.begin < gap.end) use(gap.first, gap.last, gap.begin, gap.end);
    now = gap.last;
  }
  if (now < buffer.range.last) use(now, buffer.range.last, std::int64_t{0}, buffer.range.bytes);
}

std::string in_steps(std::int32_t first, std::int32_t last) {
  return std::to_string(first) + " to " + std::to_string(last);
}

void check_gaps(const ConstrainedBuffer& b, const std::string& name) {
  std::int32_t now = b.range.first;
  for (const LifeGap& gap : b.gaps) {
    const std::string of_gap = name + " has a gap from " + in_steps(gap.first, gap.last);
    if (gap.last < gap.first || gap.first < now || gap.last > b.range.last)
      throw UsageError(of_gap + " in a life from " + in_steps(b.range.first, b.range.last) +
                       ", expected gaps within the life, in order of time and without overlap");
    if (gap.begin < 0 || gap.end < gap.begin || gap.end > b.range.bytes)
      throw UsageError(of_gap + " in which the bytes " + std::to_string(gap.begin) + " to " +
                       std::to_string(gap.end) + " stay in use, expected bytes from 0 to " +
                       std::to_string(b.range.bytes));
    now = gap.last;
  }
}

}  // namespace

std::optional<std::pair<std::size_t, std::size_t>> find_overlap(
    std::span<const ConstrainedBuffer> buffers, std::span<const std::int64_t> offsets) {
  struct Event {
    std::int32_t step;
    bool begins;
    std::int64_t begin;
    std::int64_t end;
    std::size_t buffer;
  };
  if (offsets.size() != buffers.size())
    throw UsageError("find_overlap() has " + std::to_string(buffers.size()) + " buffers and " +
                     std::to_string(offsets.size()) +
                     " offsets, expected one offset for each buffer");
  std::vector<Event> events;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (offsets[i] < 0) continue;
    for_each_use(buffers[i],
                 [&](std::int32_t first, std::int32_t last, std::int64_t begin, std::int64_t end) {
                   if (begin == end) return;
                   events.push_back({first, true, offsets[i] + begin, offsets[i] + end, i});
                   events.push_back({last, false, offsets[i] + begin, offsets[i] + end, i});
                 });
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& x, const Event& y) {
    return x.step != y.step ? x.step < y.step : x.begins < y.begins;
  });
  std::map<std::int64_t, const Event*> in_use;  // by begin; without overlap
  for (const Event& e : events) {
    if (!e.begins) {
      in_use.erase(e.begin);
      continue;
    }
    const auto above = in_use.lower_bound(e.begin);
    const Event* other = nullptr;
    if (above != in_use.end() && above->first < e.end) other = above->second;
    if (above != in_use.begin() && std::prev(above)->second->end > e.begin)
      other = std::prev(above)->second;
    if (other != nullptr)
      return std::pair(std::min(e.buffer, other->buffer), std::max(e.buffer, other->buffer));
    in_use.emplace(e.begin, &e);
  }
  return {};
}

void check_constraints(std::span<const ConstrainedBuffer> buffers) {
  std::vector<std::int64_t> fixed;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const ConstrainedBuffer& b = buffers[i];
    const std::string name = "buffer " + std::to_string(i);
    if (b.range.bytes < 0)
      throw UsageError(name + " has " + std::to_string(b.range.bytes) +
                       " bytes, expected at least 0");
    if (b.alignment < 1)
      throw UsageError(name + " has alignment " + std::to_string(b.alignment) +
                       ", expected at least 1");
    fixed.push_back(b.offset.value_or(-1));
    if (b.offset && *b.offset < 0)
      throw UsageError(name + " has the offset " + std::to_string(*b.offset) +
                       ", expected at least 0");
    if (b.offset && *b.offset % b.alignment != 0)
      throw UsageError(name + " has the offset " + std::to_string(*b.offset) +
                       ", expected a multiple of its alignment " + std::to_string(b.alignment));
    check_gaps(b, name);
    for (const std::int64_t bytes : {b.range.bytes, b.alignment - 1, b.offset.value_or(0)}) {
      if (bytes >= most_bytes_in_all - sum)
        throw UsageError("the sizes, alignments and offsets of buffers 0 to " + std::to_string(i) +
                         " add up to 2^62 bytes or more, which is not supported");
      sum += bytes;
    }
  }
  if (const auto overlap = find_overlap(buffers, fixed))
    throw UsageError("buffers " + std::to_string(overlap->first) + " and " +
                     std::to_string(overlap->second) +
                     " share bytes at the offsets given, expected fixed buffers that do not "
                     "overlap");
}

std::int64_t constrained_lower_bound(std::span<const ConstrainedBuffer> buffers) {
  std::int64_t bound = 0;
  std::int64_t common = 0;
  bool has_partial_gaps = false;
  for (const ConstrainedBuffer& b : buffers) {
    // As everywhere, a buffer counts towards the peak even if it never lives.
    bound = std::max(bound, b.offset.value_or(0) + b.range.bytes);
    common = std::gcd(common, b.alignment);
    if (b.offset) common = std::gcd(common, *b.offset);
    for (const LifeGap& gap : b.gaps) has_partial_gaps = has_partial_gaps || gap.begin < gap.end;
  }
  // Two buffers may share a unit of the alignment if each uses a part of it.
  if (has_partial_gaps) common = 1;
  common = std::max<std::int64_t>(common, 1);
  const auto most_in_use = [&](std::int64_t unit) {
    std::vector<LiveRange> uses;
    for (const ConstrainedBuffer& b : buffers)
      for_each_use(
          b, [&](std::int32_t first, std::int32_t last, std::int64_t begin, std::int64_t end) {
            uses.push_back({first, last, (end - begin + unit - 1) / unit * unit});
          });
    return lower_bound_of(uses).bytes;
  };
  bound = std::max(bound, most_in_use(1));
  return common == 1 ? bound : std::max(bound, most_in_use(common) - (common - 1));
}

}  // namespace foregraph
