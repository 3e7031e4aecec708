// The generator: from what it sees of the line so far, the law of the next packet. Its noise is the drawing
// of symbols.
//
//   h1 = rectify(sum over the last packets of A[kind] + B[gap], plus numbers W)     [hidden]
//   p(kind) = softmax(h1 K)
//   p(gap | kind) = softmax(rectify(h1 V + E[kind]) G)
#pragma once

#include <vector>

#include "stages/gan/dense.hpp"
#include "stages/gan/past.hpp"

namespace ipet::gan {

class Generator {
 public:
  static constexpr std::size_t hidden = 48;

  /// Untrained, it draws each symbol as often as it was recorded, whatever was before.
  Generator(const Alphabet& alphabet, traffic::Random& random);

  /// A packet with all that its gradient needs.
  struct Step {
    View view;
    Symbol symbol;
    std::vector<float> kinds, gaps;    ///< probabilities; gaps given symbol.kind
    std::vector<float> first, second;  ///< hidden layers
  };
  /// Probabilities of a packet that is known: step.view and step.symbol are set.
  void judge(Step& step) const;
  /// Draws step.symbol; step.view is set.
  void draw(Step& step, traffic::Random& random) const;

  /// Adds the gradients of the weights, given those of the logits.
  void learn(const Step& step, const std::vector<float>& of_kinds, const std::vector<float>& of_gaps);
  /// One step of Adam on the sum of gradients x scale.
  void update(double rate, double scale);
  void forget_training();

 private:
  void see_kinds(Step& step) const;
  void see_gaps(Step& step) const;
  [[nodiscard]] std::vector<Weights*> weights();

  std::size_t kinds_, gaps_;
  Table past_kinds_, past_gaps_;  ///< A and B of all remembered positions, one after the other
  Dense numbers_, to_kinds_, between_, to_gaps_;
  Table given_kind_;
};

}  // namespace ipet::gan
