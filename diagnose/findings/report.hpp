#pragma once

#include <cstdint>
#include <foregraph/detail/base/compiler.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>

/// Problems and remarks about a set-up or a run, for people and for programs.
namespace foregraph {

/// How bad a finding is.
enum class Severity : std::uint8_t {
  note,     ///< worth knowing; no action needed
  warning,  ///< training runs, but the result is probably not the intended one
  error     ///< training cannot run or cannot learn as it is
};
/// Returns "note", "warning" or "error".
[[nodiscard]] FOREGRAPH_EXPORT std::string_view name_of(Severity severity);

/// A number used as evidence. Names are lower case with underscores, and include units.
struct Figure {
  /// Lower case with underscores; the unit at the end.
  std::string name;
  /// The figure, in that unit.
  double value = 0;
};

/// A problem or remark, with its evidence.
struct Finding {
  std::string id;  ///< lower case with hyphens; stable between versions
  /// How bad it is.
  Severity severity = Severity::warning;
  std::string what;         ///< the evidence, with figures
  std::string consequence;  ///< the effect on training
  std::string way_out;      ///< the remedy
  /// The evidence as numbers.
  std::vector<Figure> figures{};
};

/// Findings, and the checks behind them. A value type; kept in the training history.
class FOREGRAPH_EXPORT Report {
 public:
  /// Adds a finding; several findings may have the same id.
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  /// Records that a check was made, regardless of its result: "class mix". Each is listed once.
  void add_checked(std::string name);
  /// Records that a check could not be made, and why.
  void add_skipped(std::string name, std::string reason);
  /// Removes the findings with these ids.
  void silence(std::span<const std::string> ids);
  /// Adds the content of another report.
  void add(const Report& other);

  /// Returns the findings, in the order of adding.
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  /// Returns the names of the checks that were made.
  [[nodiscard]] const std::vector<std::string>& checked() const { return checked_; }
  /// Returns the checks that could not be made, with the reasons.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& skipped() const {
    return skipped_;
  }

  /// Returns true if there are no findings.
  [[nodiscard]] bool empty() const { return findings_.empty(); }
  /// Returns whether there is a finding with that id.
  [[nodiscard]] bool has(std::string_view id) const { return find(id) != nullptr; }
  /// Returns the first finding with that id, or nullptr; valid until the report changes.
  [[nodiscard]] const Finding* find(std::string_view id) const;
  /// Returns the highest severity; note if there are no findings.
  [[nodiscard]] Severity worst() const;
  /// Returns the number of findings with that severity.
  [[nodiscard]] std::int64_t count(Severity severity) const;

  /// Returns text for people: the worst findings first, each with evidence, consequence and remedy,
  /// in lines of at most `width` columns where words allow it. Without findings, one line lists the
  /// checks made.
  [[nodiscard]] std::string to_text(int width = 100) const;
  /// Returns JSON for programs, documented in docs/report_json.md.
  [[nodiscard]] std::string to_json() const;

 private:
  std::vector<Finding> findings_;
  std::vector<std::string> checked_;
  std::vector<std::pair<std::string, std::string>> skipped_;
};

}  // namespace foregraph
