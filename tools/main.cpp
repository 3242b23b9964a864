// The foregraph command: a dry run of the benchmark workloads.
#include <foregraph/tools/command_line.hpp>
#include <foregraph/tools/models/workloads.hpp>

int main(int argc, char** argv) {
  namespace models = foregraph::models;
  return foregraph::command_line(
      argc, argv,
      {{"w1_logistic", "dense 10-1, sigmoid; binary cross-entropy", models::w1_logistic},
       {"w2_linear", "dense 2-1; mean squared error", models::w2_linear},
       {"w3_wide_data", "dense 100-32-1, relu, sigmoid; binary cross-entropy",
        models::w3_wide_data},
       {"w4_mlp", "dense 784-512-512-10, relu; softmax cross-entropy", models::w4_mlp}});
}
