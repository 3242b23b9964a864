#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/view/axis.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::picture {
namespace {

constexpr std::array<const char*, 7> units{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};

std::string number_text(double value) {
  if (value >= 1000) return with_separators(std::llround(value));
  return text::significant(value, 6);
}

/// Returns the round step that divides `range` into about `wanted` parts.
double nice_step(double range, int wanted) {
  const double rough = range / wanted;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double fraction = rough / power;
  return power * (fraction < 1.5 ? 1 : fraction < 3.5 ? 2 : fraction < 7.5 ? 5 : 10);
}

int floor_log2(std::int64_t number) {
  return std::bit_width(static_cast<std::uint64_t>(number)) - 1;
}

/// Returns "512 KiB" for 2^19.
std::string power_label(int exponent) {
  const auto unit = static_cast<std::size_t>(exponent / 10);
  return std::to_string(1 << exponent % 10) + units[unit];
}

}  // namespace

std::vector<Tick> byte_ticks(std::int64_t most, int wanted) {
  const double top = most > 0 ? static_cast<double>(most) : 1;
  double unit_bytes = 1;
  std::size_t unit = 0;
  // A tenth of a KiB is not a round number of bytes.
  for (; top / unit_bytes >= (unit == 0 ? 4096 : 1024) && unit + 1 < units.size(); ++unit)
    unit_bytes *= 1024;
  double step = nice_step(top / unit_bytes, wanted);
  if (unit == 0 && step < 1) step = 1;
  std::vector<Tick> ticks{{0, "0"}};
  for (int i = 1; ticks.back().value < top; ++i)
    ticks.push_back({i * step * unit_bytes, number_text(i * step) + units[unit]});
  return ticks;
}

std::vector<Tick> byte_power_ticks(std::int64_t least, std::int64_t most, int wanted) {
  const int first = floor_log2(least);
  const int last =
      floor_log2(most) + (std::has_single_bit(static_cast<std::uint64_t>(most)) ? 0 : 1);
  int stride = 1;
  while ((last - first) / stride + 1 > wanted) ++stride;
  std::vector<Tick> ticks;
  for (int e = first;; e += stride) {
    ticks.push_back({std::ldexp(1.0, e), power_label(e)});
    if (e >= last) return ticks;
  }
}

std::vector<Tick> count_ticks(std::int64_t most, int wanted) {
  const double top = most > 0 ? static_cast<double>(most) : 1;
  const double step = std::max(1.0, nice_step(top, wanted));
  std::vector<Tick> ticks;
  for (int i = 0; i * step <= top; ++i) ticks.push_back({i * step, number_text(i * step)});
  return ticks;
}

std::vector<Tick> count_power_ticks(std::int64_t least, std::int64_t most, int wanted) {
  const int first =
      floor_log2(least) + (std::has_single_bit(static_cast<std::uint64_t>(least)) ? 0 : 1);
  const int last = floor_log2(most);
  int stride = 1;
  while ((last - first) / stride + 1 > wanted) ++stride;
  std::vector<Tick> ticks;
  for (int e = first; e <= last; e += stride)
    ticks.push_back({std::ldexp(1.0, e), with_separators(std::int64_t{1} << e)});
  return ticks;
}

}  // namespace foregraph::picture
