#include <cstdlib>
#include <foregraph/detail/base/environment.hpp>
#include <foregraph/detail/base/error.hpp>
#include <string>
#include <string_view>

namespace foregraph {

bool environment_switch(const char* name, bool otherwise) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return otherwise;
  const std::string_view text = value;
  if (text != "0" && text != "1")
    throw UsageError("the environment variable " + std::string(name) + " is '" + value +
                     "', expected 0 or 1");
  return text == "1";
}

bool passes_are_logged() {
  const char* const value = std::getenv("FOREGRAPH_LOG");
  if (value == nullptr || *value == '\0') return false;
  if (std::string_view(value) != "passes")
    throw UsageError("the environment variable FOREGRAPH_LOG is '" + std::string(value) +
                     "', expected passes");
  return true;
}

}  // namespace foregraph
