#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is wrong, or worth knowing, with a set-up or a run: for people and for programs.
namespace foregraph {

enum class Severity : std::uint8_t {
  note,     ///< worth knowing; nothing has to be done
  warning,  ///< training runs, but its result is probably not what is wanted
  error     ///< training cannot run or cannot learn as it is
};
/// "note", "warning" or "error".
[[nodiscard]] std::string_view name_of(Severity severity);

/// A number that evidence is made of. Names are lower case with underscores, units in them.
struct Figure {
  std::string name;
  double value = 0;
};

/// One thing that was found.
struct Finding {
  std::string id;  ///< lower case with hyphens; stays the same between versions
  Severity severity = Severity::warning;
  std::string what;         ///< the evidence, with figures
  std::string consequence;  ///< what it does to training
  std::string way_out;      ///< what to do about it
  std::vector<Figure> figures{};
};

/// Findings, and what was looked at to find them. A value; kept in the training history.
class Report {
 public:
  /// Adds a finding. Of findings with one id all are kept.
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  /// Notes that a check was made, whatever it found: "class mix". Each is listed once.
  void add_checked(std::string name);
  /// Notes that a check could not be made, and why.
  void add_skipped(std::string name, std::string reason);
  /// Leaves out the findings of these ids.
  void silence(std::span<const std::string> ids);
  /// Adds all of another report.
  void add(const Report& other);

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] const std::vector<std::string>& checked() const { return checked_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& skipped() const {
    return skipped_;
  }

  [[nodiscard]] bool empty() const { return findings_.empty(); }
  /// Whether there is a finding of that id.
  [[nodiscard]] bool has(std::string_view id) const { return find(id) != nullptr; }
  /// The first finding of that id, or nullptr; valid until the report changes.
  [[nodiscard]] const Finding* find(std::string_view id) const;
  /// The highest severity; note if there is nothing.
  [[nodiscard]] Severity worst() const;
  /// How many findings are of that severity.
  [[nodiscard]] std::int64_t count(Severity severity) const;

  /// For people: the worst first, each with evidence, consequence and way out, lines of at most
  /// `width` columns where words allow it. Without findings one line that says what was checked.
  [[nodiscard]] std::string to_text(int width = 100) const;
  /// For programs; docs/report_json.md says what is in it.
  [[nodiscard]] std::string to_json() const;

 private:
  std::vector<Finding> findings_;
  std::vector<std::string> checked_;
  std::vector<std::pair<std::string, std::string>> skipped_;
};

}  // namespace foregraph
