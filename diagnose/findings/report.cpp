#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <nlohmann/json.hpp>

namespace foregraph {
namespace {

using Json = nlohmann::ordered_json;

/// Wraps `text` into lines of `width` columns. The first line begins with `head`; the others are
/// indented by its length.
std::string wrapped(const std::string& head, std::string_view text, int width) {
  std::string result = head;
  const std::size_t indent = head.size();
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!word.empty()) {
      if (column > indent && column + 1 + word.size() > static_cast<std::size_t>(width)) {
        result += '\n' + std::string(indent, ' ');
        column = indent;
      }
      if (column > indent) {
        result += ' ';
        ++column;
      }
      result += word;
      column += word.size();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + '\n';
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// JSON has only finite numbers.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return value;
}

std::string counted(std::int64_t count, const std::string& word) {
  return std::to_string(count) + ' ' + word + (count == 1 ? "" : "s");
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

void Report::add_checked(std::string name) {
  if (std::find(checked_.begin(), checked_.end(), name) == checked_.end())
    checked_.push_back(std::move(name));
}

void Report::add_skipped(std::string name, std::string reason) {
  skipped_.emplace_back(std::move(name), std::move(reason));
}

void Report::silence(std::span<const std::string> ids) {
  std::erase_if(findings_, [&](const Finding& each) {
    return std::find(ids.begin(), ids.end(), each.id) != ids.end();
  });
}

void Report::add(const Report& other) {
  const Report copy = other;  // a report may be added to itself
  findings_.insert(findings_.end(), copy.findings_.begin(), copy.findings_.end());
  for (const std::string& name : copy.checked_) add_checked(name);
  skipped_.insert(skipped_.end(), copy.skipped_.begin(), copy.skipped_.end());
}

const Finding* Report::find(std::string_view id) const {
  for (const Finding& each : findings_)
    if (each.id == id) return &each;
  return nullptr;
}

Severity Report::worst() const {
  Severity worst = Severity::note;
  for (const Finding& each : findings_) worst = std::max(worst, each.severity);
  return worst;
}

std::int64_t Report::count(Severity severity) const {
  return std::count_if(findings_.begin(), findings_.end(),
                       [&](const Finding& each) { return each.severity == severity; });
}

std::string Report::to_text(int width) const {
  std::string text;
  const std::string checked = checked_.empty() ? "" : " Checked: " + joined(checked_) + '.';
  if (findings_.empty()) {
    text = "Nothing found." + checked + '\n';
  } else {
    std::string counts;
    for (const Severity severity : {Severity::error, Severity::warning, Severity::note})
      if (const std::int64_t n = count(severity); n > 0)
        counts += (counts.empty() ? "" : ", ") + counted(n, std::string(name_of(severity)));
    text = wrapped("", counts + '.' + checked, width);
    for (const Severity severity : {Severity::error, Severity::warning, Severity::note})
      for (const Finding& each : findings_) {
        if (each.severity != severity) continue;
        text += '\n' + std::string(name_of(severity)) + ": " + each.id + '\n';
        text += wrapped("  evidence:    ", each.what, width);
        if (!each.consequence.empty()) text += wrapped("  consequence: ", each.consequence, width);
        if (!each.way_out.empty()) text += wrapped("  what to do:  ", each.way_out, width);
      }
  }
  if (!skipped_.empty()) text += findings_.empty() ? "" : "\n";
  for (const auto& [name, reason] : skipped_)
    text += wrapped("not checked: ", name + ": " + reason, width);
  return text;
}

std::string Report::to_json() const {
  Json findings = Json::array();
  for (const Finding& each : findings_) {
    Json figures = Json::object();
    for (const Figure& figure : each.figures) figures[figure.name] = number(figure.value);
    findings.push_back({{"id", each.id},
                        {"severity", name_of(each.severity)},
                        {"what", each.what},
                        {"consequence", each.consequence},
                        {"way_out", each.way_out},
                        {"figures", std::move(figures)}});
  }
  Json skipped = Json::array();
  for (const auto& [name, reason] : skipped_)
    skipped.push_back({{"check", name}, {"reason", reason}});
  const Json document{{"worst", findings_.empty() ? Json() : Json(name_of(worst()))},
                      {"findings", std::move(findings)},
                      {"checked", checked_},
                      {"not_checked", std::move(skipped)}};
  // Field names come from the user and may be invalid UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace foregraph
