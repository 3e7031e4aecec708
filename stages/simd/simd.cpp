#include "stages/simd/simd.hpp"

#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include "pipeline/text/lists.hpp"
#include "stages/simd/simd_targets.hpp"
// Behind its targets.
#include <hwy/highway.h>

namespace ipet::fingerprint {
namespace {

struct Choice {
  const char* name;
  std::int64_t target;
};
constexpr Choice choices[] = {{"avx512", HWY_AVX3}, {"avx2", HWY_AVX2}, {"portable", HWY_STATIC_TARGET}};

bool available(const Choice& choice) {
  return choice.target == HWY_STATIC_TARGET || (choice.target & HWY_TARGETS & hwy::SupportedTargets()) != 0;
}

}  // namespace

std::vector<std::string> simd_choices() {
  std::vector<std::string> names;
  for (const Choice& choice : choices)
    if (available(choice)) names.emplace_back(choice.name);
  return names;
}

namespace {

const Choice& find(std::string_view name) {
  for (const Choice& choice : choices)
    if (available(choice) && name == choice.name) return choice;
  throw std::runtime_error(
      "IPET_SIMD: '" + std::string(name) +
      "' is no instruction set that the kernels know and this processor has; those are " +
      text::joined(simd_choices()));
}

std::atomic<const Choice*> in_use{nullptr};

void use(const Choice& choice) {
  hwy::GetChosenTarget().Update(choice.target);
  in_use = &choice;
}

}  // namespace

void choose_simd() {
  if (in_use.load() != nullptr) return;
  const char* wanted = std::getenv("IPET_SIMD");
  use(find(wanted != nullptr && *wanted != '\0' ? wanted : simd_choices().front()));
}

std::string simd() {
  choose_simd();
  return in_use.load()->name;
}

void use_simd(std::string_view name) {
  use(find(name));
}

}  // namespace ipet::fingerprint
