// Models in C++ that to_cpp() has written, compiled here: the same plan, in the compiler, and the
// same training as the import.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "generated_models.hpp"

namespace generated_test {

using foregraph::onnx::Loss;

constexpr std::int64_t batch_size = 8;

std::string file_of(const std::string& name, const char* ending) {
  return std::string(FOREGRAPH_GENERATED_MODELS) + '/' + name + ending;
}

/// Fills all inputs of the prepared step with the same numbers each time.
void fill_inputs(fg::TrainerBase& trainer) {
  unsigned state = 1;
  const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 16U; };
  const fg::Graph& g = trainer.step_graph();
  for (const fg::NodeId id : g.inputs) {
    const std::string name(g.text(g.node(id).name));
    if (g.node(id).dtype == fg::f32)
      for (float& each : trainer.input<float>(name))
        each = static_cast<float>(next()) / 32768.0F - 1;
    else if (g.node(id).dtype == fg::i32)
      for (std::int32_t& each : trainer.input<std::int32_t>(name))
        each = static_cast<std::int32_t>(next() % 3);
    else
      for (std::int64_t& each : trainer.input<std::int64_t>(name)) each = next() % 3;
  }
}

std::vector<double> losses_of(fg::TrainerBase& trainer) {
  trainer.prepare(batch_size);
  fill_inputs(trainer);
  std::vector<double> losses;
  for (int step = 0; step < 4; ++step) {
    trainer.step();
    losses.push_back(trainer.loss());
  }
  return losses;
}

template <auto generated>
void check(const std::string& name, Loss loss) {
  BOOST_TEST_CONTEXT(name) {
    fg::onnx::ImportedModel net = fg::onnx::load(file_of(name, ".onnx"), {.as_training = true});
    const fg::Model model = net.with_loss(loss);
    fg::Graph g;
    const fg::Model again = generated(g);
    BOOST_TEST(fg::model_fingerprint(g, again) == fg::model_fingerprint(net.graph, model));
    BOOST_TEST(again.outputs.size() == model.outputs.size());

    constexpr fg::Bytes in_the_compiler = fg::peak_memory<generated>(fg::optim::adam(), batch_size);
    const fg::Graph step = fg::training_graph(net.graph, model, fg::optim::adam());
    const fg::Plan plan = fg::plan_step(step.clone(), batch_size).plan;
    BOOST_TEST(in_the_compiler.count == plan.peak().count);

    fg::Trainer imported{net.graph, model, fg::optim::adam(0.01)};
    fg::Trainer written{g, again, fg::optim::adam(0.01)};
    fg::Trainer<generated> compiled{fg::optim::adam(0.01)};
    fg::load_weights(written, file_of(name, ".safetensors"));
    fg::load_weights(compiled, file_of(name, ".safetensors"));
    const std::vector<double> expected = losses_of(imported);
    BOOST_TEST(losses_of(written) == expected, boost::test_tools::per_element());
    BOOST_TEST(expected.back() < expected.front());
    const std::vector<double> by_compiled_kernels = losses_of(compiled);
    for (std::size_t i = 0; i < expected.size(); ++i)
      BOOST_TEST(std::abs(by_compiled_kernels[i] - expected[i]) < 1e-5 * std::abs(expected[i]));
  }
}

}  // namespace generated_test

BOOST_AUTO_TEST_SUITE(generated_models)

BOOST_AUTO_TEST_CASE(plan_and_train_as_their_imports) {
  using namespace generated_test;
  check<image_model>("image_model", Loss::softmax_cross_entropy);
  check<many_ops>("many_ops", Loss::mean_squared_error);
  check<sequence_model>("sequence_model", Loss::softmax_cross_entropy);
}

BOOST_AUTO_TEST_CASE(of_files_from_pytorch_too) {
#ifdef FOREGRAPH_HAS_ONNX_TRUTHS
  using namespace generated_test;
  check<lenet>("lenet", Loss::softmax_cross_entropy);
  check<resnet_small>("resnet_small", Loss::softmax_cross_entropy);
  check<gpt_tiny>("gpt_tiny", Loss::softmax_cross_entropy);
#else
  BOOST_TEST_MESSAGE("SKIPPED: no models where FOREGRAPH_ONNX_TRUTHS was when this was configured");
  BOOST_TEST(true);
#endif
}

BOOST_AUTO_TEST_SUITE_END()
