// What libFuzzer calls, for the one target of this program. Besides libFuzzer's arguments,
//     PROGRAM --write-seeds FOLDER    writes the target's seeds into a folder
//     PROGRAM --explain FILE...       says for each input whether it is read, or why it is refused
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <fstream>

#include "support.hpp"

namespace {

const foregraph::fuzz::Target& only_target() {
  return foregraph::fuzz::targets().front();
}

void write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : only_target().seeds()) {
    std::ofstream file(folder / ("seed_" + std::to_string(number++)), std::ios::binary);
    if (!file.write(seed.data(), static_cast<std::streamsize>(seed.size())).flush()) {
      std::fprintf(stderr, "cannot write seeds to %s\n", folder.c_str());
      std::exit(1);
    }
  }
}

void explain(const char* path) {
  const std::string bytes = foregraph::fuzz::read_whole(path);
  foregraph::fuzz::Input input(bytes);
  try {
    only_target().run(input);
    std::printf("%s: read\n", path);
  } catch (const foregraph::Error& refusal) {
    std::printf("%s: refused: %s\n", path, refusal.what());
  }
}

}  // namespace

extern "C" const char* __asan_default_options() {
  return "detect_stack_use_after_return=1:strict_string_checks=1";
}
extern "C" const char* __ubsan_default_options() {
  return "print_stacktrace=1";
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::string_view word = *argc > 1 ? (*argv)[1] : "";
  if (word == "--write-seeds" && *argc == 3) {
    write_seeds((*argv)[2]);
    std::exit(0);
  }
  if (word == "--explain") {
    for (int file = 2; file < *argc; ++file) explain((*argv)[file]);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  foregraph::fuzz::run(only_target(), {reinterpret_cast<const char*>(data), size});
  return 0;
}
