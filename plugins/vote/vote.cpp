// Log-probabilities added up, as a ballot (stages/attack/vote.hpp).
#include "stages/attack/vote.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace {

struct VoteOptions {
  double floor = 1e-6;
};

class VoteComponent final : public ipet::attack::Ballot {
 public:
  using Options = VoteOptions;
  explicit VoteComponent(const Options& options) : vote_(options.floor) {}
  [[nodiscard]] std::vector<double> count(std::span<const float> probabilities,
                                          std::size_t classes) const override {
    return vote_.count(probabilities, classes);
  }

 private:
  ipet::attack::Vote vote_;
};

}  // namespace

IPET_PLUGIN("vote", "1.0", catalog) {
  catalog.component<ipet::attack::Ballot, VoteComponent>("vote")
      .about("Adds up the log-probabilities of all rows of a stretch of time.")
      .option("floor", &VoteOptions::floor, ipet::minimum(1e-30), ipet::maximum(0.1),
              "A probability counts as at least this, so that no single row rules a device out.");
}
