#include "stages/comparison/round.hpp"

#include <algorithm>

#include "stages/traffic/value_text.hpp"

namespace ipet::comparison {

std::string Variant::title() const {
  static constexpr text::Word<Kind> words[] = {{"own", Kind::own},
                                               {"matched", Kind::matched},
                                               {"x", Kind::scaled},
                                               {"permuted labels", Kind::permuted_labels},
                                               {"zero budget", Kind::zero_budget},
                                               {"dummies removed", Kind::dummies_removed}};
  const std::string word(text::word_of(words, kind));
  return kind == Kind::scaled ? word + traffic::number_text(intensity) : word;
}

Round::Round(const Setting& at, const Variant& of, std::uint32_t number)
    : setting(at),
      variant(of),
      seed_number(number),
      seed(traffic::StreamKey(at.options.seed).with("seed").with(number).word()),
      lines(at.lines.lines) {
  observation.defence = variant.defence.get();
  observation.defence_name = variant.defence_name;
  observation.resources = at.resources;
  observation.tunnel = at.options.lines.tunnel;
  if (at.options.run_on && at.lines.split == fingerprint::SplitMode::day) observation.running_on = lines;
  observation.remove_dummies = variant.kind == Variant::Kind::dummies_removed;
}

std::size_t Round::copy_of(std::uint32_t realisation) const {
  return realisation / std::max<std::size_t>(1, setting.lines.with(Role::test).size());
}

std::string Round::name() const {
  return "defence " + variant.defence_name + ", " + variant.title();
}

void Round::note(const std::string& what) const {
  if (seed_number == 0) setting.notes.push_back(name() + ": " + what);
}

std::vector<Realisation> Round::realisations(Role role, std::uint32_t repeats) const {
  std::vector<Realisation> result;
  const std::string part = role == Role::test ? "test" : "training";
  const auto key = traffic::StreamKey(seed).with(part);
  const auto& split_seed = setting.options.split_seed;
  for (std::uint32_t repeat = 0; repeat < repeats; ++repeat)
    for (const std::size_t i : setting.lines.with(role)) {
      result.push_back({&lines[i], static_cast<std::uint32_t>(result.size()), key.with(repeat).word()});
      if (split_seed)
        result.back().rows_seed = traffic::StreamKey(*split_seed).with(part).with(repeat).word();
    }
  return result;
}

traffic::StreamKey Round::draws() const {
  const ComparisonOptions& options = setting.options;
  return options.split_seed ? traffic::StreamKey(*options.split_seed).with("attackers")
                            : traffic::StreamKey(options.seed).with("attackers").with(seed_number);
}

}  // namespace ipet::comparison
