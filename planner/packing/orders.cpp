#include <algorithm>
#include <array>
#include <cmath>
#include <foregraph/detail/planner/packing/orders.hpp>
#include <foregraph/detail/planner/packing/random.hpp>
#include <numeric>
#include <string_view>

namespace foregraph::packing {
namespace {

/// Sort keys: T most alive, W steps, A area, Z size, N sections, L first, U last. Lower case: 'l'
/// and 'u' reverse L and U.
constexpr std::array<std::string_view, 40> words{
    "TWA", "TAW", "WAT", "uL", "LZ", "LA", "Z",  "WlZ", "lZ", "AWT", "ZAW", "uN", "uW", "LN",
    "LW",  "uA",  "uZ",  "LU", "ul", "lu", "NA", "NU",  "lA", "lW",  "TU",  "TL", "LT", "WZ",
    "AZ",  "lN",  "lL",  "UZ", "UA", "UN", "UL", "UW",  "ZN", "NT",  "Tu",  "Tl"};

std::vector<std::int64_t> most_alive_of(const Part& part) {
  // A tree of maxima: node i is the greater of 2 i and 2 i + 1, and the leaves are the sections.
  const std::size_t sections = part.alive.size();
  std::vector<std::int64_t> tree(2 * sections);
  std::copy(part.alive.begin(), part.alive.end(),
            tree.begin() + static_cast<std::ptrdiff_t>(sections));
  for (std::size_t i = sections; --i > 0;) tree[i] = std::max(tree[2 * i], tree[2 * i + 1]);
  std::vector<std::int64_t> most;
  most.reserve(part.buffers.size());
  for (const Part::Buffer& b : part.buffers) {
    std::int64_t greatest = 0;
    std::size_t left = sections + at(b.first);
    for (std::size_t right = sections + at(b.last); left < right; left /= 2, right /= 2) {
      if (left % 2 == 1) greatest = std::max(greatest, tree[left++]);
      if (right % 2 == 1) greatest = std::max(greatest, tree[--right]);
    }
    most.push_back(greatest);
  }
  return most;
}

double property(const Part::Buffer& b, std::int64_t most_alive, char name) {
  const auto real = [](std::int64_t x) { return static_cast<double>(x); };
  switch (name) {
    case 'T':
      return real(most_alive);
    case 'W':
      return real(b.steps);
    case 'A':
      return real(b.steps) * real(b.size);
    case 'Z':
      return real(b.size);
    case 'N':
      return real(b.last - b.first);
    case 'L':
      return -real(b.first);
    case 'l':
      return real(b.first);
    case 'U':
      return -real(b.last);
    default:
      return real(b.last);
  }
}

/// Returns sums of the properties above with random weights, each property normalised to mean 0 and
/// standard deviation 1.
std::vector<double> random_keys(const Part& part, const std::vector<std::int64_t>& most_alive,
                                Random& random) {
  const double count = static_cast<double>(part.buffers.size());
  std::vector<double> keys(part.buffers.size(), 0);
  std::vector<double> values(part.buffers.size());
  for (const char name : std::string_view("TWZNLU")) {
    if (random.next() % 2 == 0) continue;
    double mean = 0;
    double variance = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = property(part.buffers[i], most_alive[i], name);
      if (name == 'W' || name == 'Z' || name == 'N') values[i] = std::log(values[i]);
      mean += values[i] / count;
    }
    for (const double v : values) variance += (v - mean) * (v - mean) / count;
    const double weight = random.between_minus_1_and_1() / (std::sqrt(variance) + 1e-9);
    for (std::size_t i = 0; i < values.size(); ++i) keys[i] += weight * (values[i] - mean);
  }
  const double noise = random.next() % 2 == 0 ? 0.0 : 0.3 * random.between_minus_1_and_1();
  for (double& key : keys) key += noise * random.between_minus_1_and_1();
  return keys;
}

}  // namespace

int plain_orders() {
  return static_cast<int>(words.size());
}

std::vector<Index> rank_by_order(const Part& part, int number) {
  const std::vector<std::int64_t> most_alive = most_alive_of(part);
  std::vector<Index> sequence(part.buffers.size());
  std::iota(sequence.begin(), sequence.end(), 0);
  if (number < plain_orders()) {
    const std::string_view word = words[static_cast<std::size_t>(number)];
    std::stable_sort(sequence.begin(), sequence.end(), [&](Index x, Index y) {
      for (const char name : word) {
        const double a = property(part.buffers[at(x)], most_alive[at(x)], name);
        const double b = property(part.buffers[at(y)], most_alive[at(y)], name);
        if (a != b) return a > b;
      }
      return false;
    });
  } else {
    Random random{static_cast<std::uint64_t>(number)};
    const std::vector<double> keys = random_keys(part, most_alive, random);
    std::stable_sort(sequence.begin(), sequence.end(),
                     [&](Index x, Index y) { return keys[at(x)] > keys[at(y)]; });
  }
  std::vector<Index> rank(sequence.size());
  for (std::size_t i = 0; i < sequence.size(); ++i) rank[at(sequence[i])] = static_cast<Index>(i);
  return rank;
}

}  // namespace foregraph::packing
