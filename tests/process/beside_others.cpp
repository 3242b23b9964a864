// The library as a guest: beside another user of OpenBLAS and OpenMP in one process. Results of
// both are right, and OpenBLAS's number of threads and the environment are afterwards as they were.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/training_data.hpp"

extern "C" {
extern char** environ;
void openblas_set_num_threads(int threads);
int openblas_get_num_threads();
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                 const float* a, int a_stride, const float* b, int b_stride, float beta, float* c,
                 int c_stride);
}

namespace fg = foregraph;

namespace {

int failures = 0;
void expect(bool holds, const char* text) {
  if (holds) return;
  std::fprintf(stderr, "beside_others: expected %s\n", text);
  ++failures;
}

std::vector<std::string> environment() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

std::vector<double> losses_of_training(const fg::data::Dataset& data, int threads) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 48});
  const auto label = g.input("label", {fg::batch}, fg::i32);
  const auto logits = fg::nn::dense(fg::relu(fg::nn::dense(x, 192, "hidden")), 4, "logits");
  const fg::Model model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
  fg::Trainer trainer{g, model, fg::optim::sgd(0.01), {.threads = threads}};
  const fg::History history = trainer.fit(fg::data::from(data).shuffle(1).batch(256).workers(1),
                                          {.epochs = 2, .progress = false, .preflight = false});
  std::vector<double> losses;
  for (const fg::EpochResult& epoch : history) losses.push_back(epoch.loss);
  return losses;
}

/// Multiplies a matrix of ones by one of twos, whose product the host knows, until told to stop.
void multiply(const std::atomic<bool>& stop, std::atomic<int>& products, std::atomic<int>& wrong) {
  constexpr int n = 160;
  const std::vector<float> ones(n * n, 1.0f);
  const std::vector<float> twos(n * n, 2.0f);
  std::vector<float> product(n * n);
  constexpr int row_major = 101;
  constexpr int as_it_is = 111;
  while (!stop) {
    cblas_sgemm(row_major, as_it_is, as_it_is, n, n, n, 1, ones.data(), n, twos.data(), n, 0,
                product.data(), n);
    for (const float value : product)
      if (value != 2.0f * n) ++wrong;
    ++products;
  }
}

}  // namespace

int main() {
  constexpr int threads_of_host = 2;
  openblas_set_num_threads(threads_of_host);
  const int before = openblas_get_num_threads();  // 1 where there is one core
  const std::vector<std::string> environment_before = environment();
  const fg::data::Dataset data = fg::test::many_classes(2048, 48, 4);
  const std::vector<double> alone = losses_of_training(data, 1);
  expect(openblas_get_num_threads() == before, "OpenBLAS's threads as they were before");

  std::atomic<bool> stop{false};
  std::atomic<int> products{0};
  std::atomic<int> wrong{0};
  std::thread host{[&] { multiply(stop, products, wrong); }};
  const int products_before = products;
  do {
    expect(losses_of_training(data, 2) == alone, "the same losses beside a user of OpenBLAS");
  } while (products == products_before && failures == 0);
  stop = true;
  host.join();
  expect(wrong == 0, "the host's products to be right");
  expect(openblas_get_num_threads() == before, "OpenBLAS's threads as they were before");

#if defined(_OPENMP)
  std::vector<std::vector<double>> in_parallel(4);
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < 4; ++i)
    in_parallel[static_cast<std::size_t>(i)] = losses_of_training(data, 1 + i % 2);
  for (const std::vector<double>& losses : in_parallel)
    expect(losses == alone, "the same losses in threads of OpenMP");
  expect(openblas_get_num_threads() == before, "OpenBLAS's threads as they were before");
#else
  std::puts("beside_others: this compiler has no OpenMP, threads of it were not tried");
#endif

  expect(environment() == environment_before, "the environment as it was before");
  return failures == 0 ? 0 : 1;
}
