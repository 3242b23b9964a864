# foregraph::onnx, models of ONNX files as graphs, and graphs as ONNX files. A library of its own, so
# that programs without such files link none of it.

file(GLOB_RECURSE onnx_sources CONFIGURE_DEPENDS onnx/*.cpp)
add_library(foregraph_onnx ${onnx_sources})
add_library(foregraph::onnx ALIAS foregraph_onnx)
foregraph_hidden_symbols(foregraph_onnx)
foregraph_library(foregraph_onnx EXPORT_NAME onnx PUBLIC foregraph)
foregraph_compile_options(foregraph_onnx)
foregraph_optimise(foregraph_onnx -O1)
