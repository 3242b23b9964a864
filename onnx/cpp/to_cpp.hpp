#pragma once

#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::onnx {

/// Options of to_cpp().
struct CppOptions {
  std::string name = "model";  ///< the function; letters, digits and _ that are no keyword
  std::string origin{};        ///< the file that the model is of, for a comment
  std::string weights{};       ///< the file with its values, for a comment; see write_weights()
};

/// Returns an identifier of C++ made of the letters and digits of a text: "my_net" for "My-Net".
[[nodiscard]] FOREGRAPH_EXPORT std::string cpp_name(const std::string& text);

/// Returns a header in C++ with a model function, `constexpr fg::Model NAME(fg::Graph& g)`, that
/// builds the same graph: the same nodes, variables, names and scopes in the same order, so that it
/// plans to the same bytes and trains to the same losses. Nodes that no result needs are left out.
/// Variables whose values are those of a file start with zeros; load_weights() sets them. Throws
/// UsageError if the name is no identifier. The time is proportional to the nodes, and to the
/// square where many of them are of ops that no function of the library makes.
[[nodiscard]] FOREGRAPH_EXPORT std::string to_cpp(const Graph& graph, const Model& model,
                                                  const CppOptions& options = {});

/// Writes the values that the variables of a graph start with into a safetensors file, which
/// load_weights() reads into a trainer of the same model. Throws FileError if a file cannot be read
/// or written.
FOREGRAPH_EXPORT void write_weights(const std::string& path, const Graph& graph);

}  // namespace foregraph::onnx
