// /mixed and /packets.
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

TEST(Packets, come_back_as_tables_under_names_with_slashes) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(packet_batch(0, "day1/a.pcap", "hub/1", 30, 20, true), {"x", 1});
  writer.add(packet_batch(0, "day1/a.pcap", "hub/1", 0, 30, true), {"x", 0});
  writer.add(packet_batch(1, "day2/a.pcap", "..", 0, 5, true), {"y", 0});
  writer.add(packet_batch(1, "day2/a.pcap", "plug", 0, 0, true), {"z", 0});
  writer.add(packet_batch(0, "day1/a.pcap", "hub/1", 0, 12, false), {"x", 2});
  writer.commit(facts());
  expect_h5py("packets", folder / "result.h5");
}

TEST(Packets, of_a_thousand_lanes_in_small_messages_come_back_in_order) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  for (int part = 0; part < 10; ++part) {
    for (int lane = 0; lane < 1000; ++lane)
      writer.add(packet_batch(0, "c", numbered("d", lane), part * 3, 3, true),
                 {numbered("l", lane), static_cast<std::uint64_t>(part)});
  }
  writer.commit(facts());
  expect_h5py("many_tables", folder / "result.h5");
}

TEST(Packets, that_came_twice_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(packet_batch(0, "c", "plug", 0, 3, true), {"lane", 4});
  writer.add(packet_batch(0, "c", "plug", 0, 3, true), {"lane", 4});
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() + ": message 4 of lane 'lane' came twice");
}

TEST(Packets, of_one_device_from_two_inputs_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(packet_batch(0, "c", "plug", 0, 3, true), {"0001:c/plug", 0});
  writer.add(packet_batch(0, "c", "plug", 0, 3, true), {"0002:c/plug", 0});
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() +
                ": two inputs give mixed packets of 'plug' in capture 'c' (lanes '0001:c/plug' and "
                "'0002:c/plug'); write "
                "them to two files");
}

TEST(Packets, of_two_captures_of_one_name_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(packet_batch(0, "c", "plug", 0, 3, true), {"a", 0});
  writer.add(packet_batch(1, "c", "plug", 0, 3, true), {"b", 0});
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() + ": /mixed: two captures are named 'c'");
}

}  // namespace
}  // namespace ipet::storage::test
