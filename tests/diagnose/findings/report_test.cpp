#include <boost/test/unit_test.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

using namespace foregraph;

namespace {

Finding finding(const std::string& id, Severity severity) {
  return {id, severity, "the evidence is 12 of 13", "it fails", "do it right", {{"seen", 12.5}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(an_empty_report_says_in_one_line_what_was_checked) {
  Report report;
  BOOST_TEST(report.empty());
  BOOST_TEST(report.to_text() == "Nothing found.\n");
  report.add_checked("class mix");
  report.add_checked("memory");
  report.add_checked("class mix");
  BOOST_TEST(report.to_text() == "Nothing found. Checked: class mix, memory.\n");
  BOOST_TEST((report.worst() == Severity::note));
}

BOOST_AUTO_TEST_CASE(the_worst_findings_come_first_each_with_evidence_consequence_and_way_out) {
  Report report;
  report.add(finding("a-note", Severity::note));
  report.add(finding("an-error", Severity::error));
  report.add(finding("a-warning", Severity::warning));
  report.add_checked("all");
  report.add_skipped("noise", "would not fit");
  BOOST_TEST(report.to_text() ==
             "1 error, 1 warning, 1 note. Checked: all.\n"
             "\nerror: an-error\n"
             "  evidence:    the evidence is 12 of 13\n"
             "  consequence: it fails\n"
             "  what to do:  do it right\n"
             "\nwarning: a-warning\n"
             "  evidence:    the evidence is 12 of 13\n"
             "  consequence: it fails\n"
             "  what to do:  do it right\n"
             "\nnote: a-note\n"
             "  evidence:    the evidence is 12 of 13\n"
             "  consequence: it fails\n"
             "  what to do:  do it right\n"
             "\nnot checked: noise: would not fit\n");
  BOOST_TEST((report.worst() == Severity::error));
  BOOST_TEST(report.count(Severity::warning) == 1);
}

BOOST_AUTO_TEST_CASE(lines_are_wrapped_between_words) {
  Report report;
  std::string what;
  for (int i = 0; i < 40; ++i) what += "word" + std::to_string(i) + ' ';
  what += std::string(90, 'x');  // a word longer than the line stays whole
  report.add({"long", Severity::note, what, "", "", {}});
  std::istringstream lines(report.to_text(60));
  std::string line;
  int too_long = 0;
  int count = 0;
  std::string all;
  while (std::getline(lines, line)) {
    ++count;
    too_long += line.size() > 60 ? 1 : 0;
    all += line;
  }
  BOOST_TEST(too_long == 1);
  BOOST_TEST(count > 6);
  for (int i = 0; i < 40; ++i)
    BOOST_TEST(all.find("word" + std::to_string(i)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(findings_are_found_by_id) {
  Report report;
  report.add(finding("one", Severity::warning));
  BOOST_TEST(report.has("one"));
  BOOST_TEST(!report.has("on"));
  BOOST_TEST(report.find("two") == nullptr);
  BOOST_TEST(report.find("one")->figures[0].value == 12.5);
  Report other;
  other.add(finding("two", Severity::note));
  other.add_checked("x");
  other.add_skipped("y", "z");
  report.add(other);
  report.add(report);
  BOOST_TEST(report.findings().size() == 4U);
  BOOST_TEST(report.checked().size() == 1U);
  BOOST_TEST(report.skipped().size() == 2U);
}

BOOST_AUTO_TEST_CASE(json_has_everything) {
  Report report;
  report.add({"nan-in-data",
              Severity::error,
              "a \"quote\"\n and \xff no UTF-8",
              "c",
              "w",
              {{"rows", 3}, {"share", 0.25}, {"none", std::numeric_limits<double>::quiet_NaN()}}});
  report.add_checked("data");
  report.add_skipped("noise", "why");
  const auto json = nlohmann::json::parse(report.to_json());
  BOOST_TEST(json["worst"] == "error");
  BOOST_TEST(json["findings"].size() == 1U);
  const auto& first = json["findings"][0];
  BOOST_TEST(first["id"] == "nan-in-data");
  BOOST_TEST(first["severity"] == "error");
  BOOST_TEST(first["what"].get<std::string>().find("\"quote\"") != std::string::npos);
  BOOST_TEST(first["consequence"] == "c");
  BOOST_TEST(first["way_out"] == "w");
  BOOST_TEST(first["figures"]["rows"].is_number_integer());
  BOOST_TEST(first["figures"]["rows"] == 3);
  BOOST_TEST(first["figures"]["share"] == 0.25);
  BOOST_TEST(first["figures"]["none"].is_null());
  BOOST_TEST(json["checked"][0] == "data");
  BOOST_TEST(json["not_checked"][0]["check"] == "noise");
  BOOST_TEST(json["not_checked"][0]["reason"] == "why");
  BOOST_TEST(nlohmann::json::parse(Report().to_json())["worst"].is_null());
}

BOOST_AUTO_TEST_SUITE_END()
