#include "nn/models/learning.hpp"

using namespace learning;

namespace {

constexpr auto small_lstm = [](fg::Graph& g) {
  return fg::models::sequence_classifier(g,
                                         {.steps = 12, .features = 6, .units = 24, .classes = 4});
};
constexpr auto lstm_optimizer = fg::optim::adam(1e-2);

/// The class is what stood in the first step; noise follows, to be remembered through.
std::pair<fg::data::Dataset, std::vector<std::int32_t>> first_symbol(int samples, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> noise(0, 0.3F);
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (int n = 0; n < samples; ++n) {
    const auto label = static_cast<std::int32_t>(generator() % 4);
    for (int t = 0; t < 12; ++t)
      for (int k = 0; k < 6; ++k)
        x.push_back(noise(generator) + (t == 0 && k == label ? 2.0F : 0.0F));
    labels.push_back(label);
  }
  return {fg::data::Dataset().add("x", {12, 6}, x).add("label", {}, labels), labels};
}

learning::Task make_task() {
  auto [train, unused] = first_symbol(512, 1);
  auto [test, answers] = first_symbol(200, 2);
  return {train, test, answers};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lstm)

BOOST_AUTO_TEST_CASE(it_learns_to_remember_the_first_symbol) {
  const auto task = make_task();
  fg::Graph g;
  const fg::Model model = small_lstm(g);
  fg::Trainer trainer{g, model, lstm_optimizer};
  const double before = test_accuracy(trainer, task, 32);
  const fg::data::Pipeline data = fg::data::from(task.train).shuffle(1).batch(32);
  const fg::History history = trainer.fit(data, {.epochs = 15, .progress = false});
  const double after = test_accuracy(trainer, task, 32);
  BOOST_TEST_MESSAGE("accuracy on fresh sequences " << before << " -> " << after << ", loss "
                                                    << history.back().loss);
  BOOST_TEST(before < 0.5);
  BOOST_TEST(after >= 0.95);
}

#if LEARNING_STATIC
BOOST_AUTO_TEST_CASE(the_compilers_program_has_the_same_losses) {
  const auto task = make_task();
  fg::Graph g;
  const fg::Model model = small_lstm(g);
  fg::Trainer runtime{g, model, lstm_optimizer};
  fg::Trainer<small_lstm> compiled{lstm_optimizer};
  check_same_losses(runtime, compiled, fg::data::from(task.train).shuffle(1).batch(32), 3, 1e-3);
  BOOST_TEST(compiled.program().specialised_regions() > 0);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
