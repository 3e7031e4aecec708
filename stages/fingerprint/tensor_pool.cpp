#include "stages/fingerprint/tensor_pool.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ipet::fingerprint {

torch::Tensor reused(torch::IntArrayRef sizes) {
  constexpr std::size_t most = 16;  // of which both layers of a model use eight
  thread_local std::vector<c10::Storage> kept;
  const auto size =
      std::accumulate(sizes.begin(), sizes.end(), std::size_t{sizeof(float)},
                      [](std::size_t a, std::int64_t b) { return a * static_cast<std::size_t>(b); });
  const auto fits = [&](const c10::Storage& each) {
    return each.use_count() == 1 && each.nbytes() >= size && each.nbytes() <= 4 * size;
  };
  const auto found = std::find_if(kept.begin(), kept.end(), fits);
  if (found != kept.end()) return torch::empty({0}).set_(*found, 0, sizes);
  const torch::Tensor made = torch::empty(sizes);
  if (kept.size() == most) kept.erase(kept.begin());  // the oldest
  kept.push_back(made.storage());
  return made;
}

}  // namespace ipet::fingerprint
