// An attacker: packets and bytes of some minutes of a line, and the device whose mean they are nearest to.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/numbers.hpp"
#include "stages/attack/attacker.hpp"

namespace attack = ipet::attack;
namespace traffic = ipet::traffic;

struct MyAttackerOptions {
  double minutes = 15;
};

// What it sees: a row for each stretch of so many minutes in which there were packets.
class MyAttackerView : public attack::View {
 public:
  static constexpr std::size_t width = 4;
  explicit MyAttackerView(double minutes) : minutes_(minutes) {}
  std::string name() const override { return ipet::text::format("totals of %g min", minutes_); }
  std::vector<std::string> columns() const override {
    return {"out_packets", "in_packets", "out_bytes", "in_bytes"};
  }
  std::unique_ptr<attack::FeatureExtractor> open(const attack::Interval& interval) const override {
    return std::make_unique<Extractor>(interval.begin, static_cast<traffic::Nanoseconds>(minutes_ * 60e9));
  }

 private:
  class Extractor : public attack::FeatureExtractor {
   public:
    Extractor(traffic::Nanoseconds begin, traffic::Nanoseconds length) : start_(begin), length_(length) {}
    void add(std::span<const traffic::DevicePacket> packets, const Sink& sink) override {
      for (const traffic::DevicePacket& packet : packets) {
        if (packet.time >= start_ + length_) {
          end(sink);
          start_ += (packet.time - start_) / length_ * length_;
        }
        const auto direction = static_cast<std::size_t>(packet.direction);
        totals_[direction] += 1;
        totals_[2 + direction] += packet.size;
      }
    }
    void end(const Sink& sink) override {
      std::array<float, width> row;
      std::ranges::transform(totals_, row.begin(),
                             [](double total) { return static_cast<float>(std::log1p(total)); });
      if (totals_[0] + totals_[1] > 0) sink(start_, row);
      totals_ = {};
    }

   private:
    traffic::Nanoseconds start_, length_;
    std::array<double, width> totals_ = {};
  };
  double minutes_;
};

class MyAttackerClassifier : public attack::Classifier {
 public:
  MyAttackerClassifier(const attack::Rows& rows, std::size_t classes)
      : means_(classes * rows.width), counts_(classes) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      counts_[rows.label[i]] += 1;
      for (std::size_t c = 0; c < rows.width; ++c) means_[rows.label[i] * rows.width + c] += rows.row(i)[c];
    }
    for (std::size_t i = 0; i < means_.size(); ++i) means_[i] /= std::max(counts_[i / rows.width], 1.0);
  }

  std::vector<float> probabilities(const attack::Rows& rows) const override {
    std::vector<float> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::vector<double> weights(counts_.size());
      double sum = 0;
      for (std::size_t k = 0; k < weights.size(); ++k) {
        double distance = 0;
        for (std::size_t c = 0; c < rows.width; ++c)
          distance += std::pow(rows.row(i)[c] - means_[k * rows.width + c], 2);
        sum += weights[k] = counts_[k] == 0 ? 0 : 1e-300 + std::exp(-distance);
      }
      for (const double weight : weights) out.push_back(static_cast<float>(weight / sum));
    }
    return out;
  }

 private:
  std::vector<double> means_;   // [class, column]
  std::vector<double> counts_;  // [class]
};

class MyAttacker : public attack::Attacker {
 public:
  using Options = MyAttackerOptions;
  explicit MyAttacker(const Options& options) : view_(options.minutes) {}
  std::string title() const override { return "my_attacker, " + view_.name(); }
  const attack::View& view() const override { return view_; }
  std::unique_ptr<const attack::Classifier> train(const attack::Rows& training, const attack::Rows&,
                                                  std::size_t classes, std::uint64_t,
                                                  ipet::fingerprint::Observer&) const override {
    if (training.size() == 0) throw std::runtime_error("my_attacker: nothing to learn from");
    return std::make_unique<const MyAttackerClassifier>(training, classes);
  }

 private:
  MyAttackerView view_;
};

IPET_PLUGIN("my_attacker", "1.0", catalog) {
  catalog.component<attack::Attacker, MyAttacker>("my_attacker")
      .about("Names the device whose packets and bytes some minutes of a line are nearest to.")
      .option("minutes", &MyAttackerOptions::minutes, ipet::minimum(0.01), ipet::maximum(1440),
              ipet::unit("min"), "Length of the stretch of a line that it names at a time.");
}
