#include "stages/comparison/training.hpp"

#include <algorithm>

#include <tbb/parallel_for.h>

#include "stages/comparison/samples.hpp"

namespace ipet::comparison {

using attack::Rows;

namespace {

/// Where one line carries the whole home, there is one answer.
class OnlyAnswer final : public attack::Classifier {
 public:
  [[nodiscard]] std::vector<float> probabilities(const Rows& rows) const override {
    return std::vector<float>(rows.size(), 1.0F);
  }
};

}  // namespace

Training::Training(const Setting& setting) : at_(setting) {
  for (const auto& attacker : at_.inputs.attackers) {
    const auto same = [&](const attack::View* view) { return view->name() == attacker->view().name(); };
    const auto found = std::ranges::find_if(views_, same);
    view_of_.push_back(static_cast<std::size_t>(found - views_.begin()));
    if (found == views_.end()) views_.push_back(&attacker->view());
  }
}

std::vector<Lens> Training::lenses(std::uint32_t repeats) const {
  std::vector<std::size_t> per_class(at_.lines.classes.size());
  for (const std::size_t i : at_.lines.with(Role::training)) ++per_class[at_.lines.lines[i].label];
  std::size_t fewest = at_.lines.lines.size();
  for (const std::size_t count : per_class)
    if (count > 0) fewest = std::min(fewest, count);
  std::vector<Lens> lenses;
  for (std::size_t v = 0; v < views_.size(); ++v) {
    bool all = false;
    std::size_t most = 0;
    for (std::size_t a = 0; a < view_of_.size(); ++a) {
      if (view_of_[a] != v) continue;
      all = all || at_.inputs.attackers[a]->most_rows() == 0;
      most = std::max(most, at_.inputs.attackers[a]->most_rows());
    }
    // Some of them are for validation.
    const std::size_t of_all = most * at_.options.repeats * 3 / 2, realisations = fewest * repeats;
    lenses.push_back({views_[v], all ? 0 : (of_all + realisations - 1) / realisations});
  }
  return lenses;
}

std::vector<Lens> Training::test_lenses() const {
  std::vector<Lens> lenses;
  for (const attack::View* view : views_) lenses.push_back({view, at_.options.most_test_rows});
  return lenses;
}

Classifiers Training::train(const Round& round, const std::vector<Rows>& rows, std::uint32_t repeats,
                            std::uint32_t worth, const std::vector<bool>& left_out) const {
  const auto& attackers = at_.inputs.attackers;
  Classifiers classifiers(attackers.size());
  const auto key = traffic::StreamKey(at_.options.seed).with("attackers").with(round.seed_number);
  const auto draws = round.draws();
  const std::size_t lines = at_.lines.with(Role::training).size();  // of one repeat
  const std::size_t classes = at_.lines.classes.size();
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    at_.observer.check();
    const Rows& all = seen_by(a, rows);
    std::vector<std::size_t> seen;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all.line[i] < repeats * lines && (left_out.empty() || !left_out[all.label[i]])) seen.push_back(i);
    if (seen.empty()) return;
    if (classes == 1) {
      classifiers[a] = std::make_unique<OnlyAnswer>();
      return;
    }
    TrainingParts parts = divide(all, seen, round.training, draws, classes);
    const std::size_t most = attackers[a]->most_rows() * worth;
    Rows training =
        pick(all, at_most_per_class(all, std::move(parts.training), most, draws.with("training")));
    Rows validation =
        pick(all, at_most_per_class(all, std::move(parts.validation), most, draws.with("validation")));
    if (round.variant.kind == Variant::Kind::permuted_labels) {
      permute_labels(training, key.with("permuted").with(a));
      permute_labels(validation, key.with("permuted validation").with(a));
    }
    classifiers[a] = attackers[a]->train(training, validation, classes, key.with(a).word(), at_.observer);
  });
  for (std::size_t a = 0; a < classifiers.size(); ++a)
    if (classifiers[a] == nullptr) round.note("'" + attackers[a]->title() + "' sees nothing to learn from");
  return classifiers;
}

}  // namespace ipet::comparison
