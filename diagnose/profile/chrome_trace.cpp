#include <foregraph/detail/base/files/atomic_file.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <nlohmann/json.hpp>

namespace foregraph {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void write_chrome_trace(const std::filesystem::path& path, const Profile& profile) {
  AtomicFile file(path);
  // One event per line, written as it is created, so that the trace is never in memory as a whole.
  file.write(R"({"displayTimeUnit":"ns","otherData":)" +
             line_of({{"kernels", profile.kernels}, {"batch", profile.batch}}) +
             R"(,"traceEvents":[)");
  const char* between = "\n";
  std::string lines;
  for (const Recording::Event& event : profile.events) {
    const auto& what = profile.instructions[static_cast<std::size_t>(event.instruction)];
    const auto nanoseconds = static_cast<double>(event.end_ns - event.begin_ns);
    const Json json{{"name", what.name},
                    {"cat", what.op},
                    {"ph", "X"},
                    {"ts", static_cast<double>(event.begin_ns) * 1e-3},
                    {"dur", nanoseconds * 1e-3},
                    {"pid", 1},
                    {"tid", 1},
                    {"args", {{"op", what.op}, {"flops", what.flops}, {"bytes", what.bytes}}}};
    lines += between + line_of(json);
    between = ",\n";
    if (lines.size() < 1 << 16) continue;
    file.write(lines);
    lines.clear();
  }
  file.write(lines + "\n]}\n");
  file.commit();
}

}  // namespace foregraph
