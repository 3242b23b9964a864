#include "nn/models/learning.hpp"

using namespace learning;

namespace {

constexpr std::int64_t context = 16;
constexpr int period = 5;

constexpr auto small_transformer = [](fg::Graph& g) {
  return fg::models::gpt(
      g, {.vocabulary = 8, .context = context, .width = 32, .heads = 4, .layers = 2});
};
constexpr auto transformer_optimizer = fg::optim::adamw(3e-3);

/// A random word of five symbols again and again, from a random symbol on. What comes next can only
/// be known by looking five symbols back.
struct Sequences {
  fg::data::Dataset data;
  std::vector<std::int32_t> next;  ///< the right answer at each position
};
Sequences periodic(int samples, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<std::int32_t> x;
  std::vector<std::int32_t> next;
  for (int n = 0; n < samples; ++n) {
    std::int32_t word[period];
    for (std::int32_t& symbol : word) symbol = static_cast<std::int32_t>(generator() % 8);
    for (std::int64_t t = 0; t < context; ++t) {
      x.push_back(word[t % period]);
      next.push_back(word[(t + 1) % period]);
    }
  }
  return {fg::data::Dataset().add("x", {context}, x).add("label", {context}, next), next};
}

/// Share of right answers from where the word has been seen once.
double accuracy_after_one_period(fg::TrainerBase& training, const Sequences& fresh) {
  const std::vector<float> scores = training.predict(fg::data::from(fresh.data).batch(32));
  std::vector<float> rows;
  std::vector<std::int32_t> answers;
  for (std::size_t i = 0; i < fresh.next.size(); ++i) {
    if (i % context < period) continue;
    rows.insert(rows.end(), scores.begin() + static_cast<std::ptrdiff_t>(8 * i),
                scores.begin() + static_cast<std::ptrdiff_t>(8 * i + 8));
    answers.push_back(fresh.next[i]);
  }
  return fg::accuracy(rows, answers);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)

BOOST_AUTO_TEST_CASE(it_learns_to_look_back) {
  fg::Graph g;
  const fg::Model model = small_transformer(g);
  fg::Trainer trainer{g, model, transformer_optimizer};
  const Sequences fresh = periodic(64, 2);
  const double before = accuracy_after_one_period(trainer, fresh);
  const fg::data::Pipeline data = fg::data::from(periodic(1024, 1).data).shuffle(1).batch(32);
  const fg::History history = trainer.fit(data, {.epochs = 25, .progress = false});
  const double after = accuracy_after_one_period(trainer, fresh);
  BOOST_TEST_MESSAGE("accuracy on fresh words " << before << " -> " << after << ", loss "
                                                << history.back().loss);
  BOOST_TEST(before < 0.4);
  BOOST_TEST(after >= 0.95);
}

#if LEARNING_STATIC
BOOST_AUTO_TEST_CASE(the_compilers_program_has_the_same_losses) {
  fg::Graph g;
  const fg::Model model = small_transformer(g);
  fg::Trainer runtime{g, model, transformer_optimizer};
  fg::Trainer<small_transformer> compiled{transformer_optimizer};
  const fg::data::Pipeline data = fg::data::from(periodic(128, 1).data).shuffle(1).batch(32);
  check_same_losses(runtime, compiled, data, 2, 1e-3);
  BOOST_TEST(compiled.program().specialised_regions() > 10);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
