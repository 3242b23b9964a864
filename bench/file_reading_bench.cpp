// An epoch of a .npy file in the page cache, shuffled, in batches of 256. It alternates with the
// minimal work: copying the same rows from a memory map of the file in a precomputed random order
// (which would crash if the file were truncated meanwhile). `ratio` is the ratio of their medians;
// `ns_per_row` is the library's time per row.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "measure.hpp"

namespace fg = foregraph;
using timing::seconds_since;

namespace {

constexpr std::int64_t batch_size = 256;
constexpr std::int64_t header_bytes = 128;
constexpr std::int64_t file_bytes = 64 << 20;

/// A .npy file of `samples` rows of `features` numbers, deleted by the destructor.
class File {
 public:
  File(std::int64_t samples, std::int64_t features)
      : path_(std::filesystem::temp_directory_path() /
              ("foregraph_bench_" + std::to_string(::getpid()) + ".npy")) {
    std::string header("\x93NUMPY\x01\x00\x76\x00", 10);
    header += "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(samples) +
              ", " + std::to_string(features) + "), }";
    header.resize(header_bytes - 1, ' ');
    header += '\n';
    const std::vector<float> values(static_cast<std::size_t>(samples * features), 1.0F);
    std::ofstream out(path_, std::ios::binary);
    out.write(header.data(), static_cast<std::streamsize>(header.size()));
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(float)));
    if (!out.flush()) throw std::runtime_error("cannot write " + path_.string());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A memory map of a whole file.
class Map {
 public:
  explicit Map(const std::filesystem::path& path) : bytes_(std::filesystem::file_size(path)) {
    const int file = ::open(path.c_str(), O_RDONLY);
    at_ = ::mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (at_ == MAP_FAILED) throw std::runtime_error("cannot map " + path.string());
  }
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;
  ~Map() { ::munmap(at_, bytes_); }
  [[nodiscard]] const char* data() const { return static_cast<const char*>(at_); }

 private:
  std::size_t bytes_;
  void* at_ = nullptr;
};

void epoch(benchmark::State& state) {
  const std::int64_t features = state.range(0);
  const auto threads = static_cast<int>(state.range(1));
  const std::int64_t row_bytes = features * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t samples = file_bytes / row_bytes;
  const File file(samples, features);
  fg::data::Pipeline pipeline = fg::data::npy({{"x", file.path()}}).shuffle(1).batch(batch_size);
  if (threads > 1) pipeline = pipeline.prefetch(2 * threads).workers(threads);
  fg::data::Loader loader(pipeline);
  const Map map(file.path());
  std::vector<std::int64_t> order(static_cast<std::size_t>(samples));
  fg::data::permute(order, 1, 0);
  std::vector<char> slot(static_cast<std::size_t>(batch_size * row_bytes));
  std::vector<double> epochs;
  std::vector<double> copies;
  std::int64_t number = 0;
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < samples; ++i)
      std::memcpy(slot.data() + i % batch_size * row_bytes,
                  map.data() + header_bytes + order[static_cast<std::size_t>(i)] * row_bytes,
                  static_cast<std::size_t>(row_bytes));
    benchmark::DoNotOptimize(slot.data());
    copies.push_back(seconds_since(start));
    start = std::chrono::steady_clock::now();
    fg::data::Batch batch;
    loader.start_epoch(number++);
    while (loader.next(batch)) benchmark::DoNotOptimize(batch.base);
    epochs.push_back(seconds_since(start));
    state.SetIterationTime(epochs.back());
  }
  const double ours = timing::median(epochs);
  state.counters["ns_per_row"] = 1e9 * ours / static_cast<double>(samples);
  state.counters["ratio"] = ours / timing::median(copies);
}

void register_all() {
  for (const std::int64_t features : {4, 13, 100, 784, 3072})
    for (const int threads : {1, 2})
      benchmark::RegisterBenchmark(
          ("npy_epoch/features:" + std::to_string(features) + "/threads:" + std::to_string(threads))
              .c_str(),
          epoch)
          ->Args({features, threads})
          ->UseManualTime()
          ->Iterations(7)
          ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_benchmarks(argc, argv, register_all);
}
