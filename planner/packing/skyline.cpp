#include <algorithm>
#include <foregraph/detail/planner/packing/skyline.hpp>
#include <limits>
#include <numeric>

namespace foregraph::packing {
namespace {

constexpr Index no_rank = std::numeric_limits<Index>::max();

/// The tops of the placed buffers: stretches of sections with one height, lowest first.
class Stretches {
 public:
  explicit Stretches(Index sections)
      : height_(at(sections), 0), end_(at(sections), 0), previous_(at(sections) + 1, -1) {
    end_[0] = sections;
    previous_[at(sections)] = 0;
    push(0);
  }

  /// Returns the begin of the lowest stretch.
  Index lowest() {
    while (heap_.front().height != height_[at(heap_.front().begin)] ||
           end_[at(heap_.front().begin)] == 0)
      pop();
    return heap_.front().begin;
  }
  [[nodiscard]] Index end_of(Index begin) const { return end_[at(begin)]; }
  [[nodiscard]] std::int64_t height_of(Index begin) const { return height_[at(begin)]; }

  /// Raises the sections [first, last) of the stretch that begins at `begin` to `height`.
  void raise(Index begin, Index first, Index last, std::int64_t height) {
    const Index end = end_[at(begin)];
    const std::int64_t before = height_[at(begin)];
    if (last < end) cut(begin, last, before);
    if (first > begin) cut(begin, first, before);
    height_[at(first)] = height;
    const auto sections = static_cast<Index>(end_.size());
    if (last < sections && height_[at(last)] == height) join(first, last);
    if (first > 0 && height_[at(previous_[at(first)])] == height)
      join(previous_[at(first)], first);
    else
      push(first);
  }

  /// Raises the stretch to the lower one of its neighbours.
  void raise_to_neighbour(Index begin) {
    const Index end = end_[at(begin)];
    std::int64_t height = std::numeric_limits<std::int64_t>::max();
    if (begin > 0) height = height_[at(previous_[at(begin)])];
    if (at(end) < end_.size()) height = std::min(height, height_[at(end)]);
    raise(begin, begin, end, height);
  }

 private:
  struct Entry {
    std::int64_t height;
    Index begin;
  };
  static bool is_later(const Entry& x, const Entry& y) {
    return x.height != y.height ? x.height > y.height : x.begin > y.begin;
  }
  void push(Index begin) {
    heap_.push_back({height_[at(begin)], begin});
    std::push_heap(heap_.begin(), heap_.end(), is_later);
  }
  void pop() {
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    heap_.pop_back();
  }
  void cut(Index begin, Index middle, std::int64_t height) {
    const Index end = end_[at(begin)];
    end_[at(begin)] = middle;
    end_[at(middle)] = end;
    previous_[at(middle)] = begin;
    previous_[at(end)] = middle;
    height_[at(middle)] = height;
    push(middle);
    push(begin);
  }
  void join(Index begin, Index middle) {
    const Index end = end_[at(middle)];
    end_[at(middle)] = 0;
    end_[at(begin)] = end;
    previous_[at(end)] = begin;
  }

  std::vector<std::int64_t> height_;
  std::vector<Index> end_;       ///< by begin of a stretch; 0 elsewhere
  std::vector<Index> previous_;  ///< by begin of a stretch: the begin of the one before
  std::vector<Entry> heap_{};    ///< with entries that no longer hold
};

}  // namespace

Skyline::Skyline(const Part& part) : part_(part), buffers_(part.buffers.size()) {
  std::iota(buffers_.begin(), buffers_.end(), 0);
  std::size_t leaves = 1;
  while (leaves < buffers_.size()) leaves *= 2;
  nodes_.assign(2 * leaves, Node{no_rank, -1, no_rank, -1, no_rank});
  leaf_.resize(buffers_.size());
  build(0, 0, buffers_.size(), true);
}

void Skyline::build(std::size_t node, std::size_t begin, std::size_t end, bool by_first) {
  Node& result = nodes_[node];
  for (std::size_t i = begin; i < end; ++i) {
    const Part::Buffer& b = part_.buffers[at(buffers_[i])];
    result.least_first = std::min(result.least_first, b.first);
    result.most_first = std::max(result.most_first, b.first);
    result.least_last = std::min(result.least_last, b.last);
    result.most_last = std::max(result.most_last, b.last);
  }
  if (end - begin == 1) {
    leaf_[at(buffers_[begin])] = node;
    return;
  }
  const std::size_t middle = begin + (end - begin + 1) / 2;
  const auto from = buffers_.begin();
  const auto offset = [](std::size_t i) { return static_cast<std::ptrdiff_t>(i); };
  std::nth_element(from + offset(begin), from + offset(middle), from + offset(end),
                   [&](Index x, Index y) {
                     const Part::Buffer& a = part_.buffers[at(x)];
                     const Part::Buffer& b = part_.buffers[at(y)];
                     const Index left = by_first ? a.first : a.last;
                     const Index right = by_first ? b.first : b.last;
                     return left != right ? left < right : x < y;
                   });
  build(2 * node + 1, begin, middle, !by_first);
  build(2 * node + 2, middle, end, !by_first);
}

void Skyline::search(std::size_t node, const Query& query, Index& best) {
  ++visited_;
  const Node& n = nodes_[node];
  if (n.best >= best || n.most_first < query.least_first || n.least_first > query.most_first ||
      n.most_last < query.least_last || n.least_last > query.most_last)
    return;
  if (n.least_first >= query.least_first && n.most_first <= query.most_first &&
      n.least_last >= query.least_last && n.most_last <= query.most_last) {
    best = n.best;
    return;
  }
  const std::size_t left = 2 * node + 1;
  const bool left_first = nodes_[left].best < nodes_[left + 1].best;
  search(left_first ? left : left + 1, query, best);
  search(left_first ? left + 1 : left, query, best);
}

Index Skyline::choose(Index begin, Index end, Choice choice) {
  Index best = no_rank;
  if (choice == Choice::flush) {
    search(0, {begin, begin, end, end}, best);
    if (best != no_rank) return best;
    search(0, {begin, begin, 0, end}, best);
    search(0, {begin, no_rank, end, end}, best);
    if (best != no_rank) return best;
  }
  search(0, {begin, no_rank, 0, end}, best);
  return best;
}

void Skyline::remove(Index rank, std::size_t leaf) {
  nodes_[leaf].best = no_rank;
  for (std::size_t i = leaf; i > 0;) {
    i = (i - 1) / 2;
    if (nodes_[i].best != rank) break;
    nodes_[i].best = std::min(nodes_[2 * i + 1].best, nodes_[2 * i + 2].best);
  }
}

std::vector<std::int64_t> Skyline::place(const std::vector<Index>& rank, Choice choice,
                                         std::int64_t give_up_above, Effort& effort) {
  std::vector<Index> buffer_at(rank.size());
  for (Node& node : nodes_) node.best = no_rank;
  for (std::size_t i = 0; i < rank.size(); ++i) {
    buffer_at[at(rank[i])] = static_cast<Index>(i);
    nodes_[leaf_[i]].best = rank[i];
  }
  for (std::size_t i = nodes_.size() / 2 - 1; i-- > 0;)
    nodes_[i].best =
        std::min(nodes_[i].best, std::min(nodes_[2 * i + 1].best, nodes_[2 * i + 2].best));
  std::vector<std::int64_t> offsets(rank.size(), 0);
  Stretches stretches(static_cast<Index>(part_.alive.size()));
  for (std::size_t left = rank.size(); left > 0;) {
    const Index begin = stretches.lowest();
    const Index best = choose(begin, stretches.end_of(begin), choice);
    effort.spend(50 + 4 * visited_);
    visited_ = 0;
    if (effort.is_over_now()) return {};
    if (best == no_rank) {
      stretches.raise_to_neighbour(begin);
      continue;
    }
    const Index i = buffer_at[at(best)];
    const Part::Buffer& b = part_.buffers[at(i)];
    offsets[at(i)] = stretches.height_of(begin);
    const std::int64_t top = offsets[at(i)] + b.size;
    if (top > give_up_above) return {};
    stretches.raise(begin, b.first, b.last, top);
    remove(best, leaf_[at(i)]);
    --left;
  }
  return offsets;
}

}  // namespace foregraph::packing
