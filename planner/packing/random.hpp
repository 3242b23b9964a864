#pragma once

#include <cstdint>

namespace foregraph::packing {

/// The splitmix64 generator (Steele, Lea and Flood, 2014).
struct Random {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  double between_minus_1_and_1() { return static_cast<double>(next() >> 11U) * 0x1p-52 - 1.0; }
};

}  // namespace foregraph::packing
