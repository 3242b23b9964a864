#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

/// What holds in the compiler and, for the debugger and for coverage, in the program.
#define HOLDS_IN_BOTH_MOMENTS(...) \
  static_assert((__VA_ARGS__));    \
  BOOST_TEST((__VA_ARGS__))

/// A predicate for BOOST_CHECK_EXCEPTION: the message has all of the parts.
template <class... Parts>
auto says(const Parts&... parts) {
  return [list = std::vector<std::string>{std::string(parts)...}](const std::exception& error) {
    bool all = true;
    for (const std::string& part : list)
      if (std::string_view(error.what()).find(part) == std::string_view::npos) {
        BOOST_TEST_MESSAGE("'" << part << "' is not in: " << error.what());
        all = false;
      }
    return all;
  };
}
