// /aggregates and /defended_aggregates.
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

TEST(Aggregates, come_back_sorted_by_capture_device_and_time_whatever_the_order_of_arrival) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(aggregate_batch(1, 1, 0, 1), {"0000:000001/device1", 0});
  writer.add(aggregate_batch(0, 1, 2, 1), {"0000:000000/device1", 1});
  writer.add(aggregate_batch(0, 0, 0, 3), {"0000:000000/device0", 0});
  writer.add(aggregate_batch(0, 1, 0, 2), {"0000:000000/device1", 0});
  writer.add(aggregate_batch(1, 0, 0, 2, true), {"0001:000001/device0", 0});
  writer.commit(facts());
  expect_h5py("aggregates", folder / "result.h5");
}

TEST(Aggregates, of_two_lengths_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(aggregate_batch(0, 0, 0, 1), {"a", 0});
  windows::AggregateBatch other = aggregate_batch(0, 0, 1, 1);
  other.bin = 60;
  EXPECT_EQ(error_of([&] {
              writer.add(other, {"a", 1});
            }),
            (folder / "result.h5").string() + ": aggregates over 900 s and over 60 s cannot share one table");
}

TEST(Aggregates, whose_features_do_not_fit_their_starts_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  windows::AggregateBatch batch = aggregate_batch(0, 0, 0, 2);
  batch.features.pop_back();
  EXPECT_EQ(error_of([&] {
              writer.add(batch, {"a", 0});
            }),
            (folder / "result.h5").string() + ": aggregates of 'device0' with 2 starts and 39 features");
}

TEST(Aggregates, of_one_device_from_two_inputs_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(aggregate_batch(0, 0, 0, 1), {"a", 0});
  writer.add(aggregate_batch(0, 0, 1, 1), {"b", 0});
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() +
                ": two inputs give aggregates of 'device0' in capture 'capture0' (lanes 'a' and 'b'); write "
                "them to two files");
}

}  // namespace
}  // namespace ipet::storage::test
