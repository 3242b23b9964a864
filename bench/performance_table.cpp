// Prints the tables of docs/performance.md, as Markdown, from measured results:
//     performance_table FOLDER
// reads from FOLDER the Google Benchmark JSON files *.json, the library's and *libtorch*.json, the
// lines of memory_ours.txt and memory_libtorch.txt (JSON objects), and process.txt (lines
// "text|value"). Missing values are printed as "-".
#include <algorithm>
#include <cmath>
#include <compare>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace {

using nlohmann::json;
using Numbers = std::map<std::string, double>;

struct Key {
  std::string workload;  ///< including the batch size
  std::string kind;      ///< static, runtime, libtorch
  int threads = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// Parses "w4_mlp/128/static/threads:1/...".
std::optional<Key> key_of(const std::string& name) {
  const std::size_t threads = name.find("/threads:");
  if (threads == std::string::npos) return {};
  const std::size_t kind = name.rfind('/', threads - 1);
  if (kind == std::string::npos) return {};
  return Key{name.substr(0, kind), name.substr(kind + 1, threads - kind - 1),
             std::atoi(name.c_str() + threads + 9)};
}

std::map<Key, Numbers> read_benchmarks(const std::filesystem::path& folder) {
  std::map<Key, Numbers> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    const json content = json::parse(file, nullptr, false);
    if (content.is_discarded()) continue;
    for (const json& run : content.value("benchmarks", json::array())) {
      const std::optional<Key> key = key_of(run.value("name", ""));
      if (!key || !run.contains("step_us")) continue;
      for (const auto& [name, value] : run.items())
        if (value.is_number()) all[*key][name] = value.get<double>();
    }
  }
  return all;
}

std::map<std::string, double> read_memory(const std::filesystem::path& path) {
  std::map<std::string, double> peaks;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const json one = json::parse(line, nullptr, false);
    if (!one.is_discarded()) peaks[one.value("name", "")] = one.value("peak_kib", 0.0);
  }
  return peaks;
}

/// Returns "w6_resnet20/32" for "w6_resnet20_in_32MiB/32": a workload within a budget has the same
/// peer.
std::string peer_of(const std::string& workload) {
  const std::size_t begin = workload.find("_in_");
  if (begin == std::string::npos) return workload;
  return workload.substr(0, begin) + workload.substr(workload.find('/', begin));
}

/// Formats a number with at least three digits.
std::string digits(double value) {
  char text[32];
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}
std::string time_of(double us) {
  return us < 1e3   ? digits(us) + " us"
         : us < 1e6 ? digits(us / 1e3) + " ms"
                    : digits(us / 1e6) + " s";
}

std::string value_of(const Numbers& numbers, const std::string& name, bool is_time) {
  const auto found = numbers.find(name);
  if (found == numbers.end()) return "-";
  return is_time ? time_of(found->second) : digits(found->second);
}
/// Returns median and minimum.
std::string both(const Numbers& numbers, const std::string& name, bool is_time) {
  const std::string median = value_of(numbers, name, is_time);
  return median == "-" ? median : median + " / " + value_of(numbers, name + "_min", is_time);
}

std::string target_of(const Numbers& numbers) {
  if (numbers.contains("target_ratio")) return digits(numbers.at("target_ratio")) + " x limit";
  if (numbers.contains("target_us")) return time_of(numbers.at("target_us"));
  return "-";
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

void print_steps(const std::map<Key, Numbers>& all) {
  const std::vector<std::string> head{"workload / batch",
                                      "model",
                                      "threads",
                                      "ours",
                                      "limit",
                                      "ratio to limit",
                                      "target",
                                      "libtorch",
                                      "libtorch / ours",
                                      "slowest step",
                                      "1 / 2 threads"};
  std::cout << row(head) << row(std::vector<std::string>(head.size(), "---"));
  std::vector<Key> keys;
  for (const auto& [key, numbers] : all)
    if (key.kind != "libtorch") keys.push_back(key);
  const auto order = [](const Key& key) {
    const std::size_t slash = key.workload.rfind('/');
    return std::tuple(std::atoi(key.workload.c_str() + 1), key.workload.substr(0, slash),
                      std::atoi(key.workload.c_str() + slash + 1), key.threads,
                      key.kind != "static");
  };
  std::sort(keys.begin(), keys.end(),
            [&](const Key& a, const Key& b) { return order(a) < order(b); });
  for (const Key& key : keys) {
    const Numbers& ours = all.at(key);
    const auto peer = all.find({peer_of(key.workload), "libtorch", key.threads});
    const Numbers none;
    const Numbers& theirs = peer == all.end() ? none : peer->second;
    const auto single = all.find({key.workload, key.kind, 1});
    const double step = ours.at("step_us");
    std::cout << row({key.workload, key.kind, std::to_string(key.threads),
                      both(ours, "step_us", true), both(ours, "limit_us", true),
                      both(ours, "ratio", false), target_of(ours), both(theirs, "step_us", true),
                      theirs.empty() ? "-" : digits(theirs.at("step_us") / step) + " x",
                      ours.contains("tail") ? digits(ours.at("tail")) + " x median" : "-",
                      key.threads == 1 || single == all.end()
                          ? "-"
                          : digits(single->second.at("step_us") / step) + " x"});
  }
}

void print_memory(const std::map<Key, Numbers>& all, const std::filesystem::path& folder) {
  const auto ours = read_memory(folder / "memory_ours.txt");
  const auto theirs = read_memory(folder / "memory_libtorch.txt");
  const std::vector<std::string> head{"workload / batch", "variables and arena, KiB",
                                      "process, KiB", "libtorch's process, KiB", "ours / libtorch"};
  std::cout << '\n' << row(head) << row(std::vector<std::string>(head.size(), "---"));
  const auto kib = [](const std::map<std::string, double>& peaks, const std::string& name) {
    return peaks.contains(name) ? std::to_string(std::lround(peaks.at(name))) : "-";
  };
  for (const auto& [name, peak] : ours) {
    const auto plan = all.find({name, "runtime", 1});
    const double planned =
        plan == all.end() || !plan->second.contains("arena_bytes")
            ? 0
            : plan->second.at("persistent_bytes") + plan->second.at("arena_bytes");
    const std::string peer = peer_of(name);
    std::cout << row({name, planned > 0 ? std::to_string(std::lround(planned / 1024)) : "-",
                      kib(ours, name), kib(theirs, peer),
                      theirs.contains(peer) ? digits(peak / theirs.at(peer)) : "-"});
  }
}

void print_process(const std::filesystem::path& path) {
  std::cout << '\n' << row({"process", "figure"}) << row({"---", "---"});
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t bar = line.find('|');
    if (bar != std::string::npos) std::cout << row({line.substr(0, bar), line.substr(bar + 1)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    std::cerr << "usage: performance_table FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  const std::map<Key, Numbers> all = read_benchmarks(folder);
  if (all.empty()) {
    std::cerr << "performance_table: no figures in " << folder << '\n';
    return 1;
  }
  print_steps(all);
  print_memory(all, folder);
  print_process(folder / "process.txt");
  return 0;
}
