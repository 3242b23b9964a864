#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/constrained/search_constrained.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "allocation_file.hpp"
#include "commands.hpp"

namespace foregraph::cli {
namespace {

constexpr double most_seconds = 1e6;

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

double gap_percent(const PackResult& result) {
  if (result.lower_bound_bytes == 0) return 0;
  return 100.0 * static_cast<double>(result.placement.peak_bytes - result.lower_bound_bytes) /
         static_cast<double>(result.lower_bound_bytes);
}

void print_text(const AllocationFile& file, const PackResult& result, std::ostream& out) {
  const std::int64_t peak = result.placement.peak_bytes;
  const std::int64_t gap = peak - result.lower_bound_bytes;
  out << file.path << '\n'
      << "buffers      " << with_separators(static_cast<std::int64_t>(file.buffers.size())) << '\n'
      << "lower bound  " << with_separators(result.lower_bound_bytes) << " bytes\n"
      << "peak         " << with_separators(peak) << " bytes"
      << (result.proven_optimal ? ", optimal\n" : "\n") << "gap          " << with_separators(gap)
      << " bytes, " << fixed(gap_percent(result), 2) << " %\n";
  if (file.capacity)
    out << "capacity     " << with_separators(*file.capacity) << " bytes, "
        << (peak <= *file.capacity ? "the peak is within it\n" : "the peak is over it\n");
  out << "time         " << fixed(result.seconds, 2) << " s\n";
}

std::string to_json(const AllocationFile& file, const PackResult& result) {
  using Document = nlohmann::ordered_json;
  const std::int64_t peak = result.placement.peak_bytes;
  Document document{{"file", file.path},
                    {"buffers", file.buffers.size()},
                    {"lower_bound_bytes", result.lower_bound_bytes},
                    {"peak_bytes", peak},
                    {"gap_bytes", peak - result.lower_bound_bytes},
                    {"gap_percent", gap_percent(result)},
                    {"optimal", result.proven_optimal},
                    {"seconds", result.seconds}};
  if (file.capacity) {
    document["capacity_bytes"] = *file.capacity;
    document["fits"] = peak <= *file.capacity;
  }
  // document["offsets"][id] would search all earlier ids each time.
  Document::object_t offsets;
  static_cast<std::vector<Document::object_t::value_type>&>(offsets).reserve(file.ids.size());
  for (std::size_t i = 0; i < file.ids.size(); ++i)
    static_cast<std::vector<Document::object_t::value_type>&>(offsets).emplace_back(
        file.ids[i], result.placement.offsets[i]);
  document["offsets"] = std::move(offsets);
  // Ids may not be valid UTF-8.
  return document.dump(2, ' ', false, Document::error_handler_t::replace);
}

}  // namespace

ExitCode pack(const Request& request, std::ostream& out) {
  if (!(request.seconds >= 0 && request.seconds <= most_seconds))  // also false for NaN
    throw UsageError("--seconds: " + fixed(request.seconds, 0) +
                     " is out of range, expected from 0 to 1000000 seconds");
  const AllocationFile file = read_allocation(request.file);
  const PackResult result =
      search_constrained_placement(file.buffers, {.seconds = request.seconds});
  if (!request.output.empty()) write_allocation(request.output, file, result.placement);
  if (request.json)
    out << to_json(file, result) << '\n';
  else
    print_text(file, result, out);
  return ExitCode::fine;
}

}  // namespace foregraph::cli
