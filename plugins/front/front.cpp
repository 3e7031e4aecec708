// Front-loaded padding as a component (stages/padding/front.hpp).
#include "stages/padding/front.hpp"

#include <mutex>
#include <utility>

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/none.hpp"

namespace {

namespace defence = ipet::defence;

class FrontDefence final : public defence::Defence {
 public:
  using Options = defence::FrontOptions;
  explicit FrontDefence(const Options& options) : options_(options) {}

  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override {
    if (intensity <= 0) return std::make_shared<const defence::None>();
    Options options = options_;
    options.most *= intensity;
    return std::make_shared<const FrontDefence>(options);
  }
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                 const defence::Line& line) const override {
    return std::make_unique<defence::Front>(options_, sizes(resources.get<ipet::traffic::Traces>("pool")),
                                            line.key(resources, "front"));
  }

 private:
  [[nodiscard]] std::shared_ptr<const defence::SizeHistory> sizes(
      const std::shared_ptr<const ipet::traffic::Traces>& pool) const {
    const std::lock_guard lock(mutex_);
    if (sizes_ == nullptr || pool != pool_)
      sizes_ = std::make_shared<const defence::SizeHistory>(
          pool == nullptr ? defence::SizeHistory()
                          : defence::SizeHistory(*defence::Pool::of(pool, options_.day_offset_hours)));
    pool_ = pool;
    return sizes_;
  }

  Options options_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const ipet::traffic::Traces> pool_;  ///< that sizes_ are of
  mutable std::shared_ptr<const defence::SizeHistory> sizes_;
};

}  // namespace

IPET_PLUGIN("front", "1.0", catalog) {
  using O = defence::FrontOptions;
  catalog.component<defence::Defence, FrontDefence>("front")
      .about(
          "Front-loaded padding: dummies at random, most of them soon after a session begins. Does not delay "
          "user data. With the input 'pool', their sizes are those of the home's past days.")
      .needs<ipet::traffic::Traces>("pool", "recordings of this home's past")
      .optional()
      .option("idle", &O::idle, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(86'400),
              "Time without user packets that ends a session.")
      .option("most", &O::most, ipet::minimum(2), ipet::maximum(1e6),
              "A session has fewer dummies than this in each direction, at least one; their number is drawn "
              "for each.")
      .option("narrowest", &O::narrowest, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(86'400),
              "Smallest scale of the times, since a session began, at which its dummies leave (Rayleigh "
              "distribution).")
      .option("widest", &O::widest, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(86'400),
              "Largest scale of the times, since a session began, at which its dummies leave; each session "
              "draws its own between the two.")
      .option("size", &O::size, ipet::unit("bytes"), ipet::minimum(1), ipet::maximum(1460),
              "Payload of a dummy where the home's sizes are not known.")
      .option("day_offset_hours", &O::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24), "When a day begins, after midnight UTC; sizes are those of days before.")
      .check([](const O& o, const ipet::OptionPlaces& at) {
        if (o.widest < o.narrowest) at.problem("widest", "'widest' must not be below 'narrowest'");
      });
}
