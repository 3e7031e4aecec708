// A trained generator with its alphabet, and the walk along a line that it decides.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "stages/gan/generator.hpp"

namespace ipet::gan {

struct Options {
  std::size_t kinds = 48;  ///< symbols for kinds of packets
  traffic::Nanoseconds event_gap = traffic::second;
  /// Of learning what is likely, before the discriminator comes in; at least 1,000 packets and
  /// at most so many in all.
  std::size_t epochs = 16, most_samples = 40'000;
  double rate = 2e-3;      ///< of learning, there and of the discriminator
  std::size_t stages = 3;  ///< each gives one generation more
  std::size_t discriminator_steps = 80, generator_steps = 40;  ///< of a stage
  std::size_t batch = 16;          ///< stretches of each sort in a step of the discriminator
  std::size_t stretch = 32;        ///< packets that the discriminator sees at once
  double adversarial_rate = 2e-4;  ///< of a generator's learning from the discriminator
  double likely_share = 1;         ///< weight of recorded packets beside an imitated stretch
  double day_offset_hours = 0;
};

/// What a generation is like, measured when all are trained.
struct Generation {
  /// Mean logit that the frozen discriminator of its stage gave its stretches, in the first and the last
  /// quarter of its training; above 0 they pass for recorded. 0 for generation 0.
  double logit_at_first = 0, logit_at_last = 0;
  double likelihood = 0;  ///< nats per packet of the recording that was held out; more is better
  /// Of the last discriminator, on stretches that it was not trained on: how many of both sorts it knows.
  /// 0.5: it cannot tell them apart.
  double accuracy = 0.5;
  double fooled = 0;  ///< mean probability that it gives imitated stretches of being real
  double packets = 0, bytes = 0, events = 0;  ///< per second of walks over the recordings' times
};

/// What a walk may send at most: so many packets at once, and so many more per second. Whatever a model has
/// learned, a walk gets on in time.
struct Limit {
  double packets = std::numeric_limits<double>::infinity();
  double per_second = std::numeric_limits<double>::infinity();
};

struct Model {
  Alphabet alphabet;
  Generator generator;
  Options options;
  double packets = 0, bytes = 0, events = 0;  ///< per second of the recordings
  std::vector<Generation> generations = {};
  std::size_t chosen = 0;
  Limit limit = {};
  Generation last = {};  ///< the chosen one once its rate was set right: what it sends
};

/// Packets of one imitation, one after another, without an end. What is beyond the limit comes later.
class Walk {
 public:
  /// Goes on from `past`, the first packet not before `begin`; all outlives the walk.
  Walk(const Alphabet& alphabet, const Generator& generator, Past past, traffic::Nanoseconds begin,
       traffic::Random& random, const Limit& limit = {})
      : alphabet_(alphabet),
        generator_(generator),
        past_(past),
        begin_(begin),
        random_(random),
        limit_(limit) {}

  traffic::DevicePacket next();
  /// Of the packet that was last.
  [[nodiscard]] const Generator::Step& step() const { return step_; }

 private:
  traffic::Nanoseconds draw_time();
  [[nodiscard]] traffic::Nanoseconds earliest() const;

  const Alphabet& alphabet_;
  const Generator& generator_;
  Past past_;
  traffic::Nanoseconds begin_;
  traffic::Random& random_;
  Limit limit_;
  double sent_ = 0;
  Generator::Step step_;
};

}  // namespace ipet::gan
