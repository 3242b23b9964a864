#pragma once

#include <boost/test/unit_test.hpp>
#include <initializer_list>
#include <string>

namespace foregraph::test {

/// `call` must throw Exception with a message that contains all `parts`.
template <class Exception, class Call>
void expect(const Call& call, std::initializer_list<const char*> parts) {
  try {
    call();
  } catch (const Exception& error) {
    for (const char* part : parts)
      BOOST_CHECK_MESSAGE(std::string(error.what()).find(part) != std::string::npos,
                          "'" << error.what() << "' does not contain '" << part << "'");
    return;
  }
  BOOST_ERROR("nothing was thrown");
}

}  // namespace foregraph::test
