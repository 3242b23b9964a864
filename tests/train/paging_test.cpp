#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <functional>
#include <string>
#include <vector>

#include "support/file_size_limit.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(paging)

using literals::operator""_MiB;

namespace {

using ModelFunction = std::function<Model(Graph&)>;

Model small_transformer(Graph& g) {
  return models::gpt(g, {.vocabulary = 50, .context = 32, .width = 32, .heads = 4, .layers = 3});
}

void fill(TrainerBase& training) {
  const Graph& g = training.step_graph();
  for (const NodeId id : g.inputs) {
    const std::string name(g.text(g.node(id).name));
    if (g.node(id).dtype == i32) {
      const auto values = training.input<std::int32_t>(name);
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::int32_t>(i * 7 % 10);
    } else {
      const auto values = training.input<float>(name);
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = std::sin(0.37F * static_cast<float>(i));
    }
  }
}

struct Result {
  std::vector<std::byte> variables{};
  double loss = 0;
  RemedyResult remedy{};
  Bytes allocated{};
};

std::vector<std::byte> variables_of(TrainerBase& trainer) {
  std::vector<std::byte> all;
  for (const Variable& v : trainer.step_graph().variables) {
    const auto bytes =
        std::as_bytes(trainer.variable<float>(full_name(trainer.step_graph(), v.node)));
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

template <class Optimizer>
Result after_steps(const ModelFunction& function, const Optimizer& optimizer,
                   const TrainerOptions& options, std::int64_t batch_size) {
  Graph g;
  const Model model = function(g);
  Trainer trainer{g, model, optimizer, options};
  trainer.prepare(batch_size);
  fill(trainer);
  for (int step = 0; step < 3; ++step) trainer.step();
  return {variables_of(trainer), trainer.loss(), trainer.remedy(), trainer.allocated()};
}

/// A ResNet that trains in a part of its peak by paging.
struct PagedTrainer {
  static constexpr std::int64_t batch_size = 4;

  explicit PagedTrainer(std::filesystem::path folder = {})
      : model(models::w6_resnet20(g)),
        trainer(
            g, model, optim::sgd(0.1),
            {.memory_budget = part_of_peak(g, model),
             .fit_to_budget = true,
             .paging = {.use = Paging::first, .folder = std::move(folder), .bytes_per_second = 1e9},
             .extra_time = 0,
             .threads = 1}) {}

  static Bytes part_of_peak(const Graph& g, const Model& model) {
    const Graph step = training_graph(g, model, optim::sgd());
    return Bytes{plan_memory(step, batch_size).peak().count * 6 / 10};
  }

  Graph g{};
  Model model;
  Trainer<> trainer;
};

template <class Optimizer>
void check_bits(const char* name, const ModelFunction& model, const Optimizer& optimizer,
                std::int64_t batch_size, const std::vector<double>& shares) {
  for (const int threads : {1, 3}) {
    const Result whole = after_steps(
        model, optimizer,
        {.memory_budget = Budget::unlimited(), .extra_time = 0, .threads = threads}, batch_size);
    for (const double share : shares) {
      const Bytes budget{
          static_cast<std::int64_t>(share * static_cast<double>(whole.remedy.peak.count))};
      const Result paged = after_steps(model, optimizer,
                                       {.memory_budget = budget,
                                        .fit_to_budget = true,
                                        .paging = {.use = Paging::first, .bytes_per_second = 1e9},
                                        .extra_time = 0,
                                        .threads = threads},
                                       batch_size);
      BOOST_TEST_CONTEXT(name << " in " << share << " of its peak, " << threads << " threads") {
        BOOST_TEST((paged.remedy.remedy == Remedy::paging));
        BOOST_TEST(paged.remedy.recomputed_values == 0);
        BOOST_TEST(paged.remedy.paged.count > 0);
        BOOST_TEST(paged.remedy.peak.count <= budget.count);
        BOOST_TEST(paged.allocated.count == paged.remedy.peak.count);
        BOOST_TEST((paged.variables == whole.variables));
        BOOST_TEST(paged.loss == whole.loss);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(gives_the_bits_of_the_step_as_it_is) {
  check_bits("w4", models::w4_mlp, optim::sgd(0.1), 2048, {0.9, 0.85});
  check_bits("w6", models::w6_resnet20, optim::sgd_momentum(0.05), 8, {0.8, 0.5, 0.35});
  check_bits("transformer", small_transformer, optim::adam(1e-3), 8, {0.8, 0.6});
}

BOOST_AUTO_TEST_CASE(fit_gives_the_same_bits_with_a_smaller_last_batch) {
  constexpr std::int64_t width = 64;
  constexpr std::int64_t samples = 640;
  const auto function = [](Graph& g) {
    Tensor h = g.input("x", {batch, width});
    for (int i = 0; i < 10; ++i) h = tanh(nn::dense(h, width, "layer" + std::to_string(i)));
    return Model{.loss = nn::mean_squared_error(h, g.input("y", {batch, width})), .outputs = {h}};
  };
  std::vector<float> values(static_cast<std::size_t>(samples * width));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(0.37F * static_cast<float>(i));
  const data::Dataset dataset = data::Dataset().add("x", {width}, values).add("y", {width}, values);
  const auto fitted = [&](const TrainerOptions& options) {
    Graph g;
    const Model model = function(g);
    Trainer trainer{g, model, optim::adam(1e-3), options};
    trainer.fit(data::from(dataset).shuffle(3).batch(256, data::Tail::keep),
                {.epochs = 2, .preflight = false});
    return Result{variables_of(trainer), trainer.loss(), trainer.remedy(), trainer.allocated()};
  };
  for (const int threads : {1, 2}) {
    const Result whole = fitted({.memory_budget = Budget::unlimited(), .threads = threads});
    const Bytes budget{whole.remedy.peak.count * 3 / 4};
    const Result paged = fitted({.memory_budget = budget,
                                 .fit_to_budget = true,
                                 .paging = {.use = Paging::first, .bytes_per_second = 1e9},
                                 .threads = threads});
    BOOST_TEST((paged.remedy.remedy == Remedy::paging));
    BOOST_TEST(paged.remedy.recomputed_values == 0);
    BOOST_TEST((paged.variables == whole.variables));
    BOOST_TEST(paged.loss == whole.loss);
  }
}

BOOST_AUTO_TEST_CASE(runs_only_where_it_is_allowed_and_needed) {
  const auto train = [](Bytes budget, PagingOptions paging) {
    return after_steps(models::w6_resnet20, optim::sgd(0.1),
                       {.memory_budget = budget,
                        .fit_to_budget = true,
                        .paging = std::move(paging),
                        .extra_time = 0,
                        .threads = 1},
                       4)
        .remedy;
  };
  const RemedyResult whole = train(512_MiB, {.use = Paging::first});
  BOOST_TEST((whole.remedy == Remedy::as_is));
  const Bytes less{whole.peak.count / 2};
  BOOST_TEST((train(less, {}).remedy == Remedy::recomputation));
  BOOST_TEST((train(less, {.use = Paging::last}).remedy == Remedy::recomputation));
  const RemedyResult paged = train(less, {.use = Paging::first, .bytes_per_second = 1e9});
  BOOST_TEST((paged.remedy == Remedy::paging));
  BOOST_TEST(paged.paging_seconds ==
             static_cast<double>((paged.paged + paged.paged_back).count) / 1e9);
  BOOST_TEST(describe(paged).find("paging to a file, ") == 0U);
  BOOST_TEST(describe(paged).find(" s a step at 1.00 GB/s") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_refuses_the_file_ends_it_before_the_first_step) {
  const test::TemporaryFolder folder;
  BOOST_CHECK_EXCEPTION(
      after_steps(
          models::w6_resnet20, optim::sgd(0.1),
          {.memory_budget = 4_MiB,
           .fit_to_budget = true,
           .paging = {.use = Paging::first, .folder = folder / "missing", .bytes_per_second = 1e9}},
          4),
      FileError, [](const FileError& error) {
        return std::string(error.what()).find("cannot create a file for paging in ") == 0;
      });
}

BOOST_AUTO_TEST_CASE(a_folder_that_refuses_the_file_keeps_the_trainer_as_it_was) {
  const test::TemporaryFolder folder;
  PagedTrainer paged(folder / "missing");
  BOOST_CHECK_THROW(paged.trainer.prepare(PagedTrainer::batch_size), FileError);
  std::filesystem::create_directory(folder / "missing");
  paged.trainer.prepare(PagedTrainer::batch_size);
  fill(paged.trainer);
  paged.trainer.step();
  BOOST_TEST(std::isfinite(paged.trainer.loss()));
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_loses_nothing) {
  PagedTrainer paged;
  PagedTrainer other;
  for (PagedTrainer* each : {&paged, &other}) {
    each->trainer.prepare(PagedTrainer::batch_size);
    BOOST_TEST((each->trainer.remedy().remedy == Remedy::paging));
    fill(each->trainer);
    each->trainer.step();
  }
  const std::vector<std::byte> before = variables_of(paged.trainer);
  {
    const test::FileSizeLimit limit(1000);
    BOOST_CHECK_EXCEPTION(paged.trainer.step(), FileError, [](const FileError& error) {
      const std::string text = error.what();
      return text.find("cannot write ") == 0 &&
             text.find(". The step has changed no variable and can run again") != std::string::npos;
    });
  }
  BOOST_TEST((variables_of(paged.trainer) == before));
  paged.trainer.step();
  other.trainer.step();
  BOOST_TEST((variables_of(paged.trainer) == variables_of(other.trainer)));
  BOOST_TEST(paged.trainer.loss() == other.trainer.loss());
}

BOOST_AUTO_TEST_CASE(two_trainers_share_a_folder_and_leave_it_empty) {
  const test::TemporaryFolder folder;
  const auto bits_alone = [&] {
    PagedTrainer alone(folder / "");
    alone.trainer.prepare(PagedTrainer::batch_size);
    fill(alone.trainer);
    for (int step = 0; step < 2; ++step) alone.trainer.step();
    return variables_of(alone.trainer);
  }();
  {
    PagedTrainer one(folder / "");
    PagedTrainer other(folder / "");
    for (PagedTrainer* each : {&one, &other}) {
      each->trainer.prepare(PagedTrainer::batch_size);
      fill(each->trainer);
    }
    for (int step = 0; step < 2; ++step) {
      one.trainer.step();
      other.trainer.step();
      BOOST_TEST(std::filesystem::is_empty(folder / ""));
    }
    BOOST_TEST((variables_of(one.trainer) == bits_alone));
    BOOST_TEST((variables_of(other.trainer) == bits_alone));
  }
  BOOST_TEST(std::filesystem::is_empty(folder / ""));
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_no_transfer_behind) {
  PagedTrainer paged;
  Trainer<>& trainer = paged.trainer;
  trainer.prepare(PagedTrainer::batch_size);
  BOOST_TEST((trainer.remedy().remedy == Remedy::paging));
  fill(trainer);
  const auto labels = trainer.input<std::int32_t>("label");
  labels[0] = 1000;
  BOOST_CHECK_THROW(trainer.step(), IndexError);
  labels[0] = 1;
  trainer.step();
  BOOST_TEST(std::isfinite(trainer.loss()));
}

BOOST_AUTO_TEST_SUITE_END()
