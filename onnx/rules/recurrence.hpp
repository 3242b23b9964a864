#pragma once

#include <functional>
#include <string>
#include <vector>

#include <foregraph/detail/onnx/rules/common.hpp>

/// What LSTM, GRU and RNN have in common.
namespace foregraph::onnx::recurrent_rule {

using Activation = std::function<Tensor(Tensor)>;

/// One direction of a recurrent node, with samples first and its weights in the file's order of
/// gates. The steps are in the order in which they are taken.
struct Direction {
  Tensor x{};            ///< f[N,T,I]
  Tensor weights{};      ///< f[G*H,I]: the input's
  Tensor bias{};         ///< f[G*H]: all biases but `hidden_bias`; of no graph without
  Tensor recurrent{};    ///< f[G*H,H]
  Tensor hidden_bias{};  ///< f[G*H], where it has to be apart; else of no graph
  Tensor hidden{};       ///< f[N,H]: the state at the start; of no graph if zero
  Tensor cell{};         ///< likewise
  Tensor peepholes{};    ///< f[3*H]: of the input, output and forget gate; of no graph without
  Tensor lengths{};      ///< i[N,1]: of the sequences; of no graph if all have T steps
  std::vector<Activation> activations{};
  bool has_default_activations = true;

  /// Returns the input's part of the gates, f[N,T,G*H], by weights f[G*H,I] and a bias f[G*H],
  /// which may be of no graph.
  [[nodiscard]] Tensor gates(Tensor weights_of_gates, Tensor bias_of_gates) const;
  /// Returns it in the file's order of gates.
  [[nodiscard]] Tensor gates() const { return gates(weights, bias); }

  /// Returns true if the ops for a whole sequence may do it: zeros at the start, no masks.
  [[nodiscard]] bool is_plain(double clip) const {
    return hidden.graph == nullptr && cell.graph == nullptr && peepholes.graph == nullptr &&
           lengths.graph == nullptr && has_default_activations && clip <= 0;
  }
};

/// Returns the blocks of `units` rows of x in another order: block i of the result is block
/// order[i]. Where the file itself has put the blocks of a tensor in its order, and this puts them
/// back, it is that tensor.
[[nodiscard]] Tensor with_rows_in(Tensor x, std::int64_t units, const std::vector<int>& order);

/// The states of one direction.
struct States {
  Tensor all{};     ///< f[N,T,H], in the order of the steps taken
  Tensor hidden{};  ///< f[N,H]: the last; of no graph if it is the last of `all`
  Tensor cell{};    ///< f[N,H], of an LSTM, if wanted
};

/// A recurrent node.
class Recurrence {
 public:
  /// `gates` is their number; `hidden_bias_apart` keeps the bias of the recurrent product apart.
  Recurrence(Op& o, int gates, std::vector<std::string> default_activations,
             bool hidden_bias_apart);

  [[nodiscard]] std::int64_t units() const { return units_; }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  [[nodiscard]] double clip() const { return clip_; }

  /// Gives the results of `run` in every direction.
  void run(const std::function<States(const Direction&)>& run);
  /// Returns the states of a step for each step: `step` computes the next hidden state (and the
  /// next cell, which may be of no graph) from the gates of the input f[N,G*H] and the states
  /// before.
  [[nodiscard]] States unrolled(
      const Direction& d,
      const std::function<States(Tensor gates, const States& before)>& step) const;
  /// Returns x bounded by `clip` from both sides, if there is one.
  [[nodiscard]] Tensor clipped(Tensor x) const;
  /// Returns gate `i` of a row of gates f[N,G*H].
  [[nodiscard]] Tensor gate(Tensor gates, int i) const;
  /// Returns rows of zeros f[N,H].
  [[nodiscard]] Tensor zero_rows() const;

 private:
  [[nodiscard]] Direction direction(int d, bool is_reversed) const;
  [[nodiscard]] Tensor state(int i, int d) const;
  void read_activations(Direction& direction, int d) const;
  /// Returns the steps of each sequence backwards, its padding where it was.
  [[nodiscard]] Tensor reversed(Tensor sequence) const;

  Op& o_;
  int gates_;
  std::vector<std::string> default_activations_;
  bool hidden_bias_apart_;
  bool is_layout_1_;
  int directions_ = 1;
  std::int64_t units_ = 0;
  std::int64_t steps_ = 0;
  double clip_ = 0;
  Tensor x_{};        ///< f[N,T,I]
  Tensor lengths_{};  ///< i[N,1]
};

}  // namespace foregraph::onnx::recurrent_rule
