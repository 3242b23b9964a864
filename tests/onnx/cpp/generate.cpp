// Writes the C++ and the weights of models into a folder:
//   generate FOLDER [FILE.onnx...]
// The models are those of models.hpp, and the files given, named as the files.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <foregraph/detail/onnx/cpp/to_cpp.hpp>
#include <fstream>
#include <iterator>

#include "onnx/cpp/models.hpp"

int main(int argc, char** argv) {
  using namespace onnx_cpp_test;
  if (argc < 2) return 2;
  const std::filesystem::path folder(argv[1]);
  try {
    std::filesystem::create_directories(folder);
    std::vector<TestModel> models = test_models();
    for (int i = 2; i < argc; ++i) {
      std::ifstream file(argv[i], std::ios::binary);
      models.push_back({std::filesystem::path(argv[i]).stem().string(),
                        std::string(std::istreambuf_iterator<char>(file), {}),
                        Loss::softmax_cross_entropy});
    }
    std::ofstream all(folder / "generated_models.hpp");
    all << "#pragma once\n";
    for (const TestModel& each : models) {
      std::ofstream(folder / (each.name + ".onnx"), std::ios::binary) << each.bytes;
      foregraph::onnx::ImportedModel net =
          foregraph::onnx::load(folder / (each.name + ".onnx"), {.as_training = true});
      const foregraph::Model model = net.with_loss(each.loss);
      std::ofstream(folder / (each.name + ".hpp")) << foregraph::onnx::to_cpp(
          net.graph, model, {.name = each.name, .origin = each.name + ".onnx"});
      foregraph::onnx::write_weights((folder / (each.name + ".safetensors")).string(), net.graph);
      all << "#include \"" << each.name << ".hpp\"\n";
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate: %s\n", error.what());
    return 1;
  }
  return 0;
}
