// Files that are wrong, cut off or made to harm: each gets one error that says what and where.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/onnx_bytes.hpp"
#include "support/temporary_folder.hpp"

namespace onnx_hostile_test {

namespace fg = foregraph;
namespace file = foregraph::test::onnx_bytes;
using file::attribute;
using file::bytes;
using file::integer;
using file::node;
using file::tensor;
using file::value;
using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

struct Hostile {
  std::string what;
  std::string content;
  std::string message;  ///< part of the error's text
};

file::File relu() {
  return {.inputs = {value("x", file::type::f32, {"batch", 4})},
          .nodes = {node("Relu", {"x"}, {"y"})},
          .outputs = {value("y", file::type::f32, {"batch", 4})}};
}
std::string model_around(const std::string& graph) {
  return integer(1, 8) + bytes(7, graph) + bytes(8, bytes(1, "") + integer(2, 17));
}
file::File with_tensor(const std::string& message) {
  file::File f = relu();
  f.initializers = {message};
  f.nodes = {node("Add", {"x", "t"}, {"y"})};
  return f;
}
file::File with_node(const std::string& message, const std::vector<std::string>& tensors = {}) {
  file::File f = relu();
  f.initializers = tensors;
  f.nodes = {message};
  return f;
}

std::vector<Hostile> hostile_files() {
  std::vector<Hostile> all;
  const auto add = [&](std::string what, std::string content, std::string message) {
    all.push_back({std::move(what), std::move(content), std::move(message)});
  };
  const std::string fine = relu().model();
  add("nothing", "", "is no ONNX model: it has no graph");
  add("a text", "PK\x03\x04 this is a zip file", "is no ONNX model: byte ");
  add("a cut file", fine.substr(0, fine.size() / 2), "is no ONNX model: byte ");
  add("a number without an end", std::string(12, '\xff'), "a number has more than ten bytes");
  add("a field of kind 7", "\x0f", "a field is of kind 7, which does not exist");
  add("field 0", std::string("\x02\x00", 2), "a field has an invalid number");
  add("a length beyond the file", "\x3a\xff\xff\xff\x7f", "bytes, but 0 are left");
  add("a graph that is a number", integer(7, 1), "field 7 is of another kind than ONNX's");
  add("two graphs", fine + bytes(7, relu().graph()), "there are two graphs, expected one");
  {
    file::File f = relu();
    f.opset = 3;
    add("an old opset", f.model(), "uses opset 3 of ONNX, expected 6 to 21");
    f.opset = 99;
    add("a future opset", f.model(), "uses opset 99 of ONNX, expected 6 to 21");
  }
  {
    // 40 graphs, each in a branch of the one around it.
    std::string graph = relu().graph();
    for (int i = 0; i < 40; ++i)
      graph = bytes(1, node("If", {"c"}, {"y"}, {file::graph_attribute("then_branch", graph)}));
    add("graphs nested too deep", model_around(graph), "graphs are nested more than 32 deep");
  }
  add("a tensor with too few bytes", with_tensor(tensor("t", file::type::f32, {4}, "1234")).model(),
      "tensor 't' has 4 bytes of elements, expected 16");
  add("a tensor with a negative size",
      with_tensor(tensor("t", file::type::f32, {-4}, "1234")).model(),
      "tensor 't' has a dimension of -4");
  add("a tensor larger than 64 bits",
      with_tensor(tensor("t", file::type::f32, {std::int64_t{1} << 40, std::int64_t{1} << 40}, ""))
          .model(),
      "the elements of tensor 't' are more than 64 bits count");
  add("a tensor of a hundred axes",
      with_tensor(tensor("t", file::type::f32, Integers(100, 1), "1234")).model(),
      "dimensions, expected at most 64");
  add("a tensor in segments", with_tensor(tensor("t", {1}, Floats{1}) + bytes(3, "")).model(),
      "a tensor is stored in segments");
  add("a tensor of an unknown type", with_tensor(tensor("t", 77, {1}, "1234")).model(),
      "values of type type 77");
  add("a tensor of texts", with_tensor(tensor("t", file::type::text, {1}, "")).model(),
      "values of type string");
  {
    file::File f = with_tensor(tensor("t", {4}, Floats{1, 2, 3, 4}));
    f.initializers.push_back(f.initializers[0]);
    add("two tensors of one name", f.model(), "has two tensors named 't', expected one");
  }
  add("an operand that nobody makes", with_node(node("Relu", {"z"}, {"y"}, {}, "n")).model(),
      "node 'n' (Relu): the value 'z' is used, but nothing before makes it");
  {
    file::File f = relu();
    f.nodes = {node("Relu", {"b"}, {"y"}), node("Relu", {"y"}, {"b"})};
    add("a circle of nodes", f.model(), "the value 'b' is used, but nothing before makes it");
  }
  {
    file::File f = relu();
    f.outputs = {value("nowhere", file::type::f32, {})};
    add("an output that nobody makes", f.model(), "the value 'nowhere' is used, but nothing");
  }
  {
    file::File f = relu();
    f.inputs = {bytes(1, "x") + bytes(2, bytes(4, ""))};
    add("an input that is a sequence", f.model(), "input 'x' is of a type that is no tensor");
    f.inputs = {bytes(1, "x") + bytes(2, bytes(1, integer(1, file::type::f32)))};
    add("an input without a shape", f.model(), "input 'x' has no shape");
    f.inputs = {value("x", file::type::f32, {"b", 1, 1, 1, 1, 1, 1})};
    add("an input of seven axes", f.model(), "input 'x' has 7 axes, expected at most 6");
  }
  add("a convolution without a weight", with_node(node("Conv", {"x"}, {"y"}, {}, "n")).model(),
      "node 'n' (Conv): ");
  add("a transposition of other axes",
      with_node(node("Transpose", {"x"}, {"y"}, {attribute("perm", Integers{0, 7})})).model(),
      "axis 7 does not exist, expected -2 to 1");
  add("a transposition with an axis twice",
      with_node(node("Transpose", {"x"}, {"y"}, {attribute("perm", Integers{1, 1})})).model(),
      "perm has an axis twice");
  add("a slice with a step of 0",
      with_node(node("Slice", {"x", "a", "a", "one", "a"}, {"y"}),
                {tensor("a", {1}, Integers{0}), tensor("one", {1}, Integers{1})})
          .model(),
      "a step is 0");
  add("a reshape with two open sizes",
      with_node(node("Reshape", {"x", "s"}, {"y"}), {tensor("s", {2}, Integers{-1, -1})}).model(),
      "two sizes are -1, expected at most one");
  add("a constant of 2^60 elements",
      with_node(node("Expand", {"x", "s"}, {"y"}),
                {tensor("s", {3}, Integers{std::int64_t{1} << 60, 1, 4})})
          .model(),
      "do not fit in 64 bits");
  add("a constant that is no tensor",
      with_node(node("ConstantOfShape", {"s"}, {"y"}, {attribute("value", std::int64_t{1})}),
                {tensor("s", {1}, Integers{1})})
          .model(),
      "attribute 'value' is no tensor");
  add("a condition that is data", with_node(node("If", {"x"}, {"y"})).model(),
      "a condition that depends on the data");
  return all;
}

/// A tensor whose elements are in another file.
std::string external(const std::string& location, std::int64_t offset, std::int64_t length) {
  const auto entry = [](const std::string& key, const std::string& text) {
    return bytes(13, bytes(1, key) + bytes(2, text));
  };
  return integer(1, 4) + integer(2, file::type::f32) + bytes(8, "t") + entry("location", location) +
         entry("offset", std::to_string(offset)) + entry("length", std::to_string(length)) +
         integer(14, 1);
}

/// The error of making a trainer, or none: values are read then.
std::string error_of(const std::filesystem::path& path) {
  try {
    const fg::onnx::ImportedModel net = fg::onnx::load(path);
    const fg::Predictor<> predictor{net.graph, net.without_loss()};
    return {};
  } catch (const fg::DataError& error) {
    return error.what();
  }
}
void check_contains(const std::string& text, const std::string& part) {
  BOOST_TEST(text.find(part) != std::string::npos, '"' << text << "\" has no \"" << part << '"');
}

}  // namespace onnx_hostile_test

BOOST_AUTO_TEST_SUITE(onnx_hostile)

BOOST_AUTO_TEST_CASE(each_file_gets_one_clear_error) {
  using namespace onnx_hostile_test;
  const std::vector<Hostile> all = hostile_files();
  BOOST_TEST(all.size() >= 30U);
  for (const Hostile& each : all) BOOST_TEST_CONTEXT(each.what) {
      try {
        const fg::onnx::ImportedModel net = fg::onnx::load(std::as_bytes(std::span(each.content)));
        const fg::Predictor<> predictor{net.graph, net.without_loss()};
        BOOST_ERROR("nothing was thrown");
      } catch (const fg::Error& error) {
        check_contains(error.what(), each.message);
      }
    }
}

BOOST_AUTO_TEST_CASE(external_data_stay_in_the_folder_of_the_model) {
  using namespace onnx_hostile_test;
  const fg::test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "model");
  const std::filesystem::path path = folder / "model/m.onnx";
  const auto error_with = [&](const std::string& message) {
    folder.write("model/m.onnx", with_tensor(message).model());
    return error_of(path);
  };
  const std::string weights = file::raw<float>(Floats{1, 2, 3, 4});
  folder.write("model/w.bin", "1234" + weights);
  folder.write("outside.bin", weights);
  BOOST_TEST(error_with(external("w.bin", 4, 16)).empty());
  BOOST_TEST(error_with(external("./w.bin", 4, 16)).empty());
  check_contains(error_with(external("../outside.bin", 0, 16)), "lead out of the folder by '..'");
  check_contains(error_with(external((folder / "outside.bin").string(), 0, 16)),
                 "are named by an absolute path");
  std::filesystem::create_symlink(folder / "outside.bin", folder / "model/link.bin");
  check_contains(error_with(external("link.bin", 0, 16)), "are behind the symbolic link");
  std::filesystem::create_directory_symlink(folder / "", folder / "model/up");
  check_contains(error_with(external("up/outside.bin", 0, 16)), "are behind the symbolic link");
  check_contains(error_with(external("w.bin", 8, 16)), "but 'w.bin' has 20 bytes");
  check_contains(error_with(external("w.bin", 0, 8)), "has 8 bytes of elements, expected 16");
  check_contains(error_with(external("w.bin", std::int64_t{1} << 62, 16)), "has 20 bytes");
  check_contains(error_with(external("missing.bin", 0, 16)), "missing.bin");
  check_contains(error_with(external("", 0, 16)), "external data of tensor 't' have no location");
  check_contains(error_with(external("w.bin", -4, 16)), "expected a number that is not negative");
}

/// A file that changes after it was loaded is not half of one and half of another.
BOOST_AUTO_TEST_CASE(a_file_rewritten_after_loading_is_an_error) {
  using namespace onnx_hostile_test;
  const fg::test::TemporaryFolder folder;
  const std::filesystem::path path =
      folder.write("m.onnx", with_tensor(tensor("t", {4}, Floats{1, 2, 3, 4})).model());
  const fg::onnx::ImportedModel net = fg::onnx::load(path);
  folder.write("m.onnx", "short");
  BOOST_CHECK_THROW((fg::Predictor<>{net.graph, net.without_loss()}), fg::DataError);
  BOOST_CHECK_THROW((void)fg::onnx::load(folder / "none.onnx"), fg::FileError);
}

BOOST_AUTO_TEST_SUITE_END()
