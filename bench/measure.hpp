#pragma once

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "timing.hpp"

/// How every workload is measured, ours and the peers' alike. Needs no library but Google
/// Benchmark.
namespace measure {

/// Seconds of a call of `work`, which is called `calls` times at a stretch.
template <class Work>
double seconds_of(const Work& work, std::int64_t calls) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < calls; ++i) work();
  return timing::seconds_since(start) / static_cast<double>(calls);
}

/// So many calls take some 500 microseconds: far more than reading the clock, and than finding the
/// caches and branches that whatever was timed before has left.
template <class Work>
std::int64_t calls_at_a_stretch(const Work& work) {
  seconds_of(work, 1);
  const double once = std::max(seconds_of(work, 3), 1e-8);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(500e-6 / once));
}

struct Times {
  std::vector<double> seconds{};  ///< of a call
  [[nodiscard]] double median() const { return timing::median(seconds); }
  [[nodiscard]] double minimum() const { return *std::min_element(seconds.begin(), seconds.end()); }
};

/// Times `first` and each of `others` in turn, for `duration` seconds and at least 7 rounds, so
/// that all of them meet the same machine. The result begins with `first`.
template <class Work, class Other>
std::vector<Times> in_turn(double duration, const Work& first, const std::vector<Other>& others) {
  std::vector<Times> times(1 + others.size());
  std::vector<std::int64_t> calls{calls_at_a_stretch(first)};
  for (const Other& other : others) calls.push_back(calls_at_a_stretch(other));
  const auto start = std::chrono::steady_clock::now();
  while (times[0].seconds.size() < 7 || timing::seconds_since(start) < duration) {
    times[0].seconds.push_back(seconds_of(first, calls[0]));
    for (std::size_t i = 0; i < others.size(); ++i)
      times[i + 1].seconds.push_back(seconds_of(others[i], calls[i + 1]));
  }
  return times;
}

/// The slowest of 200 calls, each timed, over their median; fewer calls if they take over a second.
template <class Work>
double tail_of(const Work& work) {
  std::vector<double> seconds;
  double sum = 0;
  while (seconds.size() < 200 && (seconds.size() < 7 || sum < 1)) {
    seconds.push_back(seconds_of(work, 1));
    sum += seconds.back();
  }
  return *std::max_element(seconds.begin(), seconds.end()) / timing::median(seconds);
}

inline void set_step(benchmark::State& state, const Times& step) {
  state.counters["step_us"] = step.median() * 1e6;
  state.counters["step_us_min"] = step.minimum() * 1e6;
}

/// The limit is the sum of `parts`; of each part the fastest alternative counts.
inline void set_limit(benchmark::State& state, const std::vector<std::vector<Times>>& parts) {
  double median = 0;
  double minimum = 0;
  for (const std::vector<Times>& alternatives : parts) {
    double best = alternatives[0].median();
    double least = alternatives[0].minimum();
    for (const Times& times : alternatives) {
      best = std::min(best, times.median());
      least = std::min(least, times.minimum());
    }
    median += best;
    minimum += least;
  }
  if (median <= 0) return;
  state.counters["limit_us"] = median * 1e6;
  state.counters["limit_us_min"] = minimum * 1e6;
  state.counters["ratio"] = state.counters["step_us"] / (median * 1e6);
  state.counters["ratio_min"] = state.counters["step_us_min"] / (minimum * 1e6);
}

/// KiB of a line of /proc/self/status, as "VmHWM": the peak of resident memory.
inline double status_kib(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == key + ":") {
      double kib = 0;
      status >> kib;
      return kib;
    }
  return 0;
}

/// For `program --memory NAME`, in a process of its own: the peak of resident memory above its
/// start that `run` causes, as JSON.
template <class Run>
void print_memory(const std::string& name, const Run& run) {
  const double before = status_kib("VmRSS");
  run();
  std::cout << "{\"name\": \"" << name << "\", \"peak_kib\": " << status_kib("VmHWM") - before
            << "}\n";
}

}  // namespace measure
