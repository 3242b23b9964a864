// The images component is found and linked with what it needs: a folder without classes is refused.
#include <cstdio>
#include <foregraph/errors.hpp>
#include <foregraph/images.hpp>

int main() {
  try {
    (void)foregraph::data::read_images("/nowhere");
  } catch (const foregraph::DataError& error) {
    return std::puts(error.what()) < 0 ? 1 : 0;
  }
  return 1;
}
