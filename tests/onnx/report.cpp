#include "onnx/report.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

namespace foregraph::onnx_tests {

std::vector<Outcome> in_folder(const std::vector<Outcome>& outcomes, const std::string& folder) {
  std::vector<Outcome> result;
  for (const Outcome& outcome : outcomes)
    if (outcome.folder == folder) result.push_back(outcome);
  return result;
}

std::size_t count(const std::vector<Outcome>& outcomes, Status status) {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(),
                    [&](const Outcome& outcome) { return outcome.status == status; }));
}

namespace {

struct Row {
  std::size_t passed = 0, known = 0, failed = 0, skipped = 0;
  std::map<std::string, std::size_t> reasons;
};

void append_rows(std::ostringstream& out, const std::map<std::string, Row>& rows, bool covered) {
  out << (covered ? "| ONNX op | passed | known at build time | skipped | why |\n"
                    "|---|---:|---:|---:|---|\n"
                  : "| ONNX op | skipped | why |\n|---|---:|---|\n");
  for (const auto& [op, row] : rows) {
    if ((row.passed + row.known + row.failed > 0) != covered) continue;
    out << "| " << op << " | ";
    if (covered) out << row.passed << " | " << row.known << " | ";
    out << row.skipped << " | ";
    const char* separator = "";
    for (const auto& [reason, times] : row.reasons) {
      out << separator << reason;
      if (row.reasons.size() > 1) out << " (" << times << ")";
      separator = "; ";
    }
    out << " |\n";
  }
}

}  // namespace

std::string table(const std::vector<Outcome>& all) {
  const std::vector<Outcome> outcomes = in_folder(all, "node");
  std::map<std::string, Row> rows;
  for (const Outcome& outcome : outcomes) {
    Row& row = rows[outcome.op];
    row.passed += outcome.status == Status::passed;
    row.known += outcome.status == Status::known_at_build_time;
    row.failed += outcome.status == Status::failed;
    if (outcome.status == Status::skipped) {
      ++row.skipped;
      ++row.reasons[outcome.reason];
    }
  }
  const auto with_batch = std::count_if(outcomes.begin(), outcomes.end(),
                                        [](const Outcome& outcome) { return outcome.with_batch; });
  const auto in_f64 = std::count_if(outcomes.begin(), outcomes.end(),
                                    [](const Outcome& outcome) { return outcome.in_f64; });
  std::ostringstream out;
  out << "# Agreement with ONNX\n\n"
         "Written by tests/onnx/onnx_test.cpp, which checks that it is up to date. Each node test "
         "of the ONNX\nproject (Debian's libonnx-testdata 1.12.0) is a model of one op, or of the "
         "ops one is made of, with\ninputs and the outputs of ONNX's reference. Those whose ops "
         "have a counterpart here are built,\nplanned, run and compared: dtype, shape and every "
         "element, to 1e-5 relative or 3e-7 absolute.\n\n"
      << outcomes.size() << " tests: " << count(outcomes, Status::passed) << " pass, "
      << count(outcomes, Status::known_at_build_time)
      << " more are known when the graph is built (constants and shapes), "
      << count(outcomes, Status::skipped) << " are\nskipped, " << count(outcomes, Status::failed)
      << " fail. " << with_batch
      << " of those that pass agree too with the batch as axis 0, where the op\nallows it, and "
      << in_f64
      << " in f64.\n\n"
         "## Ops with a counterpart\n\n";
  append_rows(out, rows, true);
  out << "\n## Ops without\n\n";
  append_rows(out, rows, false);
  out << "\n## Models converted from PyTorch\n\nThe same package has small models that PyTorch "
         "wrote, in older versions of ONNX.\n\n";
  for (const char* folder : {"pytorch-converted", "pytorch-operator"}) {
    const std::vector<Outcome> models = in_folder(all, folder);
    out << "- " << folder << ": of " << models.size() << ", " << count(models, Status::passed)
        << " pass";
    const char* separator = "; skipped:";
    for (const Outcome& model : models)
      if (model.status == Status::skipped) {
        out << separator << "\n  " << model.name.substr(5) << " (" << model.reason << ")";
        separator = ",";
      }
    out << ".\n";
  }
  return std::move(out).str();
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::move(text).str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace foregraph::onnx_tests
