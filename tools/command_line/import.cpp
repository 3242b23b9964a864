#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/onnx/cpp/to_cpp.hpp>
#include <ostream>

#include "files.hpp"
#include "model.hpp"

namespace foregraph::cli {

ExitCode import_model(const Request& request, std::ostream& out) {
  const std::filesystem::path file(request.file);
  const ChosenModel chosen = read_model(request.file, request.onnx);
  Graph g;
  const Model model = build(chosen.named, g);
  onnx::CppOptions options;
  options.name = request.name.empty() ? onnx::cpp_name(file.stem().string()) : request.name;
  options.origin = file.filename().string();
  options.weights = request.weights;
  write_file("--cpp", request.cpp, onnx::to_cpp(g, model, options));
  print_notes(chosen.notes, out);
  out << request.cpp << ": model function " << options.name << ", " << chosen.named.description
      << '\n';
  if (request.weights.empty()) return ExitCode::fine;
  onnx::write_weights(request.weights, g);
  out << request.weights << ": the values of " << g.variables.size() << " variables\n";
  return ExitCode::fine;
}

}  // namespace foregraph::cli
