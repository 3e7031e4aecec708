#include "tests/process/asks.hpp"

#include "stages/files/error.hpp"
#include "stages/files/publish.hpp"
#include "stages/pool/pool.hpp"
#include "stages/storage/handle.hpp"

namespace {

int own = 0;

bool claim(const std::filesystem::path& file) {
  try {
    static const ipet::storage::Claim kept(file);
    return true;
  } catch (const ipet::storage::StorageError&) {
    return false;
  }
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) process_test::Asks asks = {
    [](const std::shared_ptr<const ipet::traffic::Traces>& traces) -> std::shared_ptr<const void> {
      return ipet::defence::Pool::of(traces, 0);
    },
    []() -> const void* { return &ipet::storage::h5::library_mutex(); }, claim, &own};
}  // extern "C"
