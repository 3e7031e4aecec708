// Memory does not grow with the streams.
#include <cstddef>

#include <malloc.h>

#ifdef __SANITIZE_ADDRESS__
// Its header is not installed with GCC.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

std::size_t allocated() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

TEST(Memory, stays_small_while_rows_come) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 1);
  const windows::WindowBatch batch = window_batch(0, 0, 0, 1000);  // 60 kB
  const std::size_t before = allocated();
  for (std::uint64_t i = 0; i < 1000; ++i) writer.add(batch, {"lane", i});
  EXPECT_LT(allocated() - before, 2'000'000U) << "of 60 MB";
}

}  // namespace
}  // namespace ipet::storage::test
