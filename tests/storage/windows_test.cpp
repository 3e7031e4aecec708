// /windows and /defended_windows.
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

TEST(Windows, come_back_sorted_by_capture_device_and_time_whatever_the_order_of_arrival) {
  const Folder folder;
  {
    Hdf5Writer writer(folder / "out/result.h5", 4);
    writer.add(window_batch(1, 1, 0, 2), {"0000:000001/device1", 0});
    writer.add(window_batch(0, 1, 2, 3), {"0000:000000/device1", 1});
    writer.add(window_batch(0, 0, 0, 4), {"0000:000000/device0", 0});
    writer.add(window_batch(0, 1, 0, 2), {"0000:000000/device1", 0});
    writer.add(window_batch(1, 0, 0, 1, true), {"0001:000001/device0", 0});
    writer.commit(facts());
  }
  expect_h5py("windows", folder / "out/result.h5");
}

TEST(Windows, of_more_than_one_chunk_come_back_whole) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 1);
  for (int i = 0; i < 300; ++i)
    writer.add(window_batch(0, 0, i * 100, 100), {"lane", static_cast<std::uint64_t>(i)});
  writer.commit(facts());
  expect_h5py("many_windows", folder / "result.h5");
}

TEST(Windows, of_two_lengths_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(window_batch(0, 0, 0, 1), {"a", 0});
  EXPECT_EQ(error_of([&] {
              writer.add(window_batch(0, 0, 1, 1, false, 6), {"a", 1});
            }),
            (folder / "result.h5").string() +
                ": windows of 3 slots of 0.5 s and of 6 slots of 0.5 s cannot share one table");
}

TEST(Windows, missing_for_a_declared_device_are_reported_by_name) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  windows::WindowBatch batch = window_batch(0, 1, 0, 1);
  batch.declared_devices =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"plug", "device1", "bulb"});
  writer.add(batch, {"a", 0});
  writer.commit(facts());
  EXPECT_EQ(writer.devices_without_windows(), (std::vector<std::string>{"plug", "bulb"}));
}

}  // namespace
}  // namespace ipet::storage::test
