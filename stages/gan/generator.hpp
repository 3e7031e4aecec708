// The generator: from what it sees of the line so far, the law of the next packet. Its noise is the drawing
// of symbols.
//
//   h1 = rectify(sum over the last packets of A[kind] + B[gap], plus numbers W)     [hidden]
//   p(kind) = softmax(h1 K)
//   p(gap or pause | kind) = softmax(rectify(h1 V + E[kind]) G)
//   p(pause | kind) = softmax(rectify(sum over the last packets of A'[kind] + B'[gap], numbers W', E'[kind])
//   P)
//
// How long a pause is has weights of its own, which learn from pauses only: a camera may have made forty in
// a week and ten thousand packets, and weights that both share would know each of the forty by heart.
#pragma once

#include <algorithm>
#include <span>
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
    /// Probabilities; gaps given symbol.kind: those within an event, then one for all pauses if there are
    /// any; pauses given that it is one, and only there.
    std::vector<float> kinds, gaps, pauses;
    std::vector<float> first, second, third;  ///< hidden layers
  };
  [[nodiscard]] bool is_pause(Symbol symbol) const { return symbol.gap >= within_; }
  /// Probabilities of a packet that is known: step.view and step.symbol are set.
  void judge(Step& step) const;
  /// Draws step.symbol; step.view is set.
  void draw(Step& step, traffic::Random& random) const;

  /// Adds the gradients of the weights, given those of the logits. `of_pauses` counts for pauses only.
  void learn(const Step& step, const std::vector<float>& of_kinds, const std::vector<float>& of_gaps,
             const std::vector<float>& of_pauses);
  /// One step of Adam on the sum of gradients x scale. The weights of pauses take one when they have seen as
  /// many pauses as `batch` since their last one.
  void update(double rate, double scale, std::size_t batch);
  void forget_training();
  /// Multiplies the odds of pauses by exp(added): one number per bin.
  void favour_pauses(const std::vector<double>& added);

 private:
  void see_kinds(Step& step) const;
  void see_gaps(Step& step) const;
  void see_pauses(Step& step) const;
  [[nodiscard]] std::vector<Weights*> weights();
  [[nodiscard]] std::vector<Weights*> weights_of_pauses();

  /// From a view to a hidden layer.
  struct Eyes {
    Eyes(std::size_t kinds, std::size_t gaps, traffic::Random& random);
    void see(const View& view, float* layer) const;
    void learn(const View& view, const float* of_layer);

    std::size_t kind_rows, gap_rows;
    Table kinds, gaps;  ///< A and B of all remembered positions, one after the other
    Dense numbers;
  };

  std::size_t kinds_, within_, pauses_, gap_classes_;
  Eyes eyes_, eyes_for_pauses_;
  Dense to_kinds_, between_, to_gaps_, to_pauses_;
  Table given_kind_, pause_given_kind_;
  std::size_t seen_pauses_ = 0;
};

}  // namespace ipet::gan
