#include <boost/test/unit_test.hpp>
#include <cstring>
#include <foregraph/foregraph.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;

namespace {

/// All that has state: embedding, batch norm, dropout, Adam.
constexpr auto small_model = [](fg::Graph& g) {
  const auto tokens = g.input("x", {fg::batch, 4}, fg::i32);
  const auto label = g.input("label", {fg::batch}, fg::i32);
  auto h = fg::flatten(fg::nn::embedding(tokens, 7, 5, "token"));
  h = fg::dropout(fg::relu(fg::nn::batch_norm(h, "norm")), 0.2);
  const auto logits = fg::nn::dense(h, 3, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

std::vector<unsigned char> state_of(fg::TrainerBase& training) {
  std::vector<unsigned char> bytes;
  const fg::Graph& g = training.step_graph();
  for (const fg::Variable& v : g.variables) {
    const std::string name = fg::full_name(g, v.node);
    const auto append = [&](auto elements) {
      const auto* first = reinterpret_cast<const unsigned char*>(elements.data());
      bytes.insert(bytes.end(), first, first + elements.size_bytes());
    };
    if (g.node(v.node).dtype == fg::i64)
      append(training.variable<std::int64_t>(name));
    else
      append(training.variable<float>(name));
  }
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data_errors)

BOOST_AUTO_TEST_CASE(an_index_out_of_range_leaves_all_state_as_it_was) {
  fg::Graph g;
  const fg::Model m = small_model(g);
  fg::Trainer trainer{g, m, fg::optim::adam(0.1)};
  trainer.prepare(6);
  const auto x = trainer.input<std::int32_t>("x");
  const auto label = trainer.input<std::int32_t>("label");
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int32_t>(i % 7);
  for (std::size_t i = 0; i < label.size(); ++i) label[i] = static_cast<std::int32_t>(i % 3);
  const std::vector<unsigned char> start = state_of(trainer);
  trainer.step();
  const std::vector<unsigned char> before = state_of(trainer);
  BOOST_TEST((before != start));

  x[9] = 7;
  BOOST_CHECK_EXCEPTION(
      trainer.step(), fg::DataError,
      says("[gather] position 9 (sample 2 of the batch): index 7 is out of range, expected 0..6"));
  BOOST_TEST((state_of(trainer) == before));
  x[9] = -1;
  BOOST_CHECK_EXCEPTION(trainer.step(), fg::DataError,
                        says("position 9 (sample 2 of the batch): index -1"));
  x[9] = 2;
  label[5] = 3;
  BOOST_CHECK_EXCEPTION(trainer.step(), fg::DataError,
                        says("[softmax_cross_entropy] sample 5 of the batch: label 3 is out of "
                             "range, expected 0..2 (3 classes)"));
  BOOST_TEST((state_of(trainer) == before));
  label[5] = 2;
  trainer.step();
  BOOST_TEST((state_of(trainer) != before));
}

BOOST_AUTO_TEST_SUITE_END()
