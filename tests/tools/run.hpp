#pragma once

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <foregraph/detail/tools/command_line.hpp>
#include <foregraph/detail/tools/models/known.hpp>

/// Calls the command line as a program called dry_run would.
namespace tool_test {

using foregraph::NamedModel;

struct Result {
  int code = 0;
  std::string out{};
  std::string err{};
};

/// By default on a machine of which nothing is known, so that this one does not matter.
inline Result run(std::vector<const char*> words, const std::vector<NamedModel>& models,
                  const std::string& root = "/no/such/folder") {
  words.insert(words.begin(), "/usr/bin/dry_run");
  std::ostringstream out;
  std::ostringstream err;
  const int code = foregraph::command_line(static_cast<int>(words.size()), words.data(), models,
                                           out, err, {.root = root});
  return {code, out.str(), err.str()};
}
inline Result run(const std::vector<const char*>& words) {
  return run(words, foregraph::models::known());
}

inline void check_contains(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                      "'" << text << "' does not contain '" << part << "'");
}
inline void check_lacks(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) == std::string::npos,
                      "'" << text << "' contains '" << part << "'");
}

/// Exit code 0 and nothing on stderr; returns stdout.
inline std::string output_of(const std::vector<const char*>& words) {
  const Result result = run(words);
  BOOST_TEST(result.code == 0);
  BOOST_TEST(result.err == "");
  return result.out;
}

/// Exit code 2, nothing on stdout, and this one line on stderr.
inline void check_refused(const std::vector<const char*>& words, const std::string& message) {
  const Result result = run(words);
  BOOST_TEST(result.code == 2);
  BOOST_TEST(result.out == "");
  BOOST_TEST(result.err == "dry_run: " + message + '\n');
}
/// The same for a plan of w4_mlp at batch 1 with these options besides.
inline void check_plan_refused(std::vector<const char*> options, const std::string& message) {
  options.insert(options.begin(), {"plan", "--model", "w4_mlp", "--batch", "1"});
  check_refused(options, message);
}

}  // namespace tool_test
