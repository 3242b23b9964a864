#include <foregraph/detail/tools/command_line.hpp>
#include <foregraph/detail/tools/models/known.hpp>

int main(int argc, char** argv) {
  return foregraph::command_line(argc, argv, foregraph::models::known());
}
