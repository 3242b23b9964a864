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

/// Measurement shared by all workloads, the library's and the peers'. Depends only on Google
/// Benchmark.
namespace measure {

/// Returns the seconds per call of `work`, averaged over `calls` consecutive calls.
template <class Work>
double seconds_of(const Work& work, std::int64_t calls) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < calls; ++i) work();
  return timing::seconds_since(start) / static_cast<double>(calls);
}

/// Returns the number of calls that take about 500 microseconds: far longer than reading the clock,
/// and than warming up caches and branch predictors after the previous measurement.
template <class Work>
std::int64_t calls_at_a_stretch(const Work& work) {
  seconds_of(work, 1);
  const double once = std::max(seconds_of(work, 3), 1e-8);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(500e-6 / once));
}

struct Times {
  std::vector<double> seconds{};  ///< per call
  [[nodiscard]] double median() const { return timing::median(seconds); }
  [[nodiscard]] double minimum() const { return *std::min_element(seconds.begin(), seconds.end()); }
};

/// Times `first` and each of `others` in turn, for `duration` seconds and at least 7 rounds, so
/// that all run under the same conditions. The result starts with `first`.
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

/// Returns the slowest of 200 individually timed calls over their median; fewer calls if they take
/// over a second.
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

/// Sets the limit to the sum of `parts`, using the fastest alternative of each part.
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

/// Returns the KiB of a line of /proc/self/status, as "VmHWM": the peak of resident memory.
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

/// Prints, as JSON, by how much `run(workload)` raises the peak of resident memory above its start,
/// for the first of `workloads` whose name begins with `name`. Returns the exit code. For
/// `program --memory NAME`, in a separate process.
template <class Workloads, class Run>
int print_memory(const char* program, const Workloads& workloads, const std::string& name,
                 const Run& run) {
  for (const auto& workload : workloads) {
    const std::string whole = workload.name;
    if (whole.compare(0, name.size(), name) != 0) continue;
    const double before = status_kib("VmRSS");
    run(workload);
    std::cout << "{\"name\": \"" << whole << "\", \"peak_kib\": " << status_kib("VmHWM") - before
              << "}\n";
    return 0;
  }
  std::cerr << program << ": no workload begins with '" << name << "'\n";
  return 2;
}

/// Runs the benchmarks that `register_all` registers; returns the exit code of the program.
template <class Register>
int run_benchmarks(int argc, char** argv, const Register& register_all) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace measure
