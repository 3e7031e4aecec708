// Windows, packets, devices and capture summaries come back as the batches they were, cut anew.
#include <gmock/gmock.h>

#include "stages/storage/hdf5_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using testing::ElementsAre;

std::shared_ptr<const std::vector<std::string>> declared(std::vector<std::string> names) {
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

/// All rows, read in ranges of `step`, as one batch.
windows::WindowBatch gathered(const Hdf5Reader& reader, const StoredRows& rows, std::uint64_t step) {
  windows::WindowBatch all;
  for (std::uint64_t first = 0; first < rows.count; first += step) {
    windows::WindowBatch part = reader.read_windows(rows, first, std::min(step, rows.count - first));
    part.features.insert(part.features.begin(), all.features.begin(), all.features.end());
    part.silence.insert(part.silence.begin(), all.silence.begin(), all.silence.end());
    part.start.insert(part.start.begin(), all.start.begin(), all.start.end());
    all = std::move(part);
  }
  return all;
}

TEST(ReaderStreams, give_windows_back_by_capture_and_device_in_any_ranges) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  const auto list = declared({"device1", "silent", "device0"});  // not the order of their names
  for (const std::uint32_t capture : {9U, 3U}) {
    for (int device = 0; device < 2; ++device) {
      windows::WindowBatch batch = window_batch(capture, device, 0, 700 + device, capture == 9);
      batch.declared_devices = list;
      writer.add(batch, {numbered(numbered("c", capture), device), 0});
    }
  }
  writer.commit(facts());

  const Hdf5Reader reader(folder / "result.h5");
  ASSERT_NE(reader.declared_devices(), nullptr);
  EXPECT_EQ(*reader.declared_devices(), *list);
  for (const Stream stream : {Stream::windows, Stream::defended_windows}) {
    const std::uint32_t capture = stream == Stream::windows ? 3 : 9;
    const std::vector<StoredRows> rows = reader.rows(stream);
    ASSERT_EQ(rows.size(), 2U);
    for (const int device : {1, 0}) {
      const windows::WindowBatch want = window_batch(capture, device, 0, 700 + device);
      for (const std::uint64_t step : {1000U, 256U, 77U}) {
        const windows::WindowBatch got = gathered(reader, rows[device == 1 ? 0 : 1], step);
        EXPECT_EQ(got.capture, capture);
        EXPECT_EQ(*got.capture_name, *want.capture_name);
        EXPECT_EQ(*got.device, *want.device);
        EXPECT_EQ(*got.declared_devices, *list);
        EXPECT_EQ(got.defended, capture == 9);
        EXPECT_EQ(got.slots, 3U);
        EXPECT_EQ(got.omega, 0.5);
        EXPECT_EQ(got.features, want.features);
        EXPECT_EQ(got.silence, want.silence);
        EXPECT_EQ(got.start, want.start);
      }
    }
  }
}

TEST(ReaderStreams, give_aggregates_back) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  const windows::AggregateBatch clean = aggregate_batch(2, 1, 0, 300),
                                defended = aggregate_batch(2, 0, 0, 9, true);
  writer.add(clean, {"a", 0});
  writer.add(defended, {"b", 0});
  writer.commit(facts());
  const Hdf5Reader reader(folder / "result.h5");
  const std::vector<StoredRows> rows = reader.rows(Stream::aggregates);
  ASSERT_EQ(rows.size(), 1U);
  const windows::AggregateBatch got = reader.read_aggregates(rows[0], 0, 300);
  EXPECT_EQ(got.features, clean.features);
  EXPECT_EQ(got.start, clean.start);
  EXPECT_EQ(got.bin, clean.bin);
  EXPECT_EQ(got.capture, 2U);
  EXPECT_EQ(*got.device, *clean.device);
  EXPECT_FALSE(got.defended);
  const std::vector<StoredRows> covered = reader.rows(Stream::defended_aggregates);
  ASSERT_EQ(covered.size(), 1U);
  const windows::AggregateBatch part = reader.read_aggregates(covered[0], 3, 2);
  EXPECT_EQ(part.start, std::vector(defended.start.begin() + 3, defended.start.begin() + 5));
  EXPECT_TRUE(part.defended);
}

TEST(ReaderStreams, give_packets_back_with_protocol_and_protection) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  traffic::DevicePackets phone = packet_batch(1, "day2/a.pcap", "phone", 0, 100, false);
  phone.protect = false;
  for (std::size_t i = 0; i < phone.packets.size(); i += 3)
    phone.packets[i].protocol = traffic::Protocol::udp;
  const traffic::DevicePackets hub = packet_batch(0, "day1/a.pcap", "hub/1", 0, 50, true);
  const traffic::DevicePackets silent = packet_batch(1, "day2/a.pcap", "plug", 0, 0, true);
  writer.add(phone, {"a", 0});
  writer.add(hub, {"b", 0});
  writer.add(silent, {"c", 0});
  writer.commit(facts());

  const Hdf5Reader reader(folder / "result.h5");
  EXPECT_EQ(reader.declared_devices(), nullptr) << "the devices were discovered";
  const std::vector<StoredRows> packets = reader.rows(Stream::packets), mixed = reader.rows(Stream::mixed);
  ASSERT_EQ(packets.size(), 1U);
  ASSERT_EQ(mixed.size(), 2U);
  const traffic::DevicePackets got = reader.read_packets(packets[0], 0, 100);
  EXPECT_EQ(got.packets, phone.packets);
  EXPECT_EQ(*got.device, "phone");
  EXPECT_EQ(*got.capture_name, "day2/a.pcap");
  EXPECT_EQ(got.capture, 1U);
  EXPECT_FALSE(got.protect);
  EXPECT_FALSE(got.defended);
  EXPECT_EQ(reader.read_packets(packets[0], 40, 5).packets,
            std::vector(phone.packets.begin() + 40, phone.packets.begin() + 45));
  const traffic::DevicePackets defended = reader.read_packets(mixed[0], 0, 50);
  EXPECT_EQ(defended.packets, hub.packets);
  EXPECT_EQ(*defended.device, "hub/1");
  EXPECT_TRUE(defended.protect);
  EXPECT_TRUE(defended.defended);
  EXPECT_EQ(mixed[1].device, "plug");
  EXPECT_EQ(mixed[1].count, 0U);
}

TEST(ReaderStreams, give_summaries_of_captures_back) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  traffic::CaptureSummary first{4, "day1", {}, 3, {"10.0.0.9", "aa:00:00:00:00:09"}, {1, 2, 30, 4}};
  first.networks = {"2001:db8:1:1::/64", "2001:db8:1:2::/64"};
  first.devices = {{"zebra", "aa:00:00:00:00:01", 0, 0, 0, 0}, {"ant", "", 7, 100, 11, 22}};
  first.devices[1].left_out = {1, 0, 20, 3};
  const traffic::CaptureSummary second{5, "day2", {}, 0, {}};
  writer.add(second);
  writer.add(first);
  writer.commit(facts());
  const Hdf5Reader reader(folder / "result.h5");
  const std::vector<traffic::CaptureSummary> got = reader.summaries();
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].capture, 4U);
  EXPECT_EQ(got[0].capture_name, "day1");
  EXPECT_EQ(got[0].unknown_packets, 3U);
  EXPECT_EQ(got[0].unknown, first.unknown);
  EXPECT_EQ(got[0].left_out, first.left_out);
  EXPECT_EQ(got[0].networks, first.networks);
  ASSERT_EQ(got[0].devices.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const traffic::DeviceTotals &a = first.devices[i], &b = got[0].devices[i];
    EXPECT_EQ(b.device, a.device);
    EXPECT_EQ(b.mac, a.mac);
    EXPECT_EQ(b.packets, a.packets);
    EXPECT_EQ(b.payload_bytes, a.payload_bytes);
    EXPECT_EQ(b.first, a.first);
    EXPECT_EQ(b.last, a.last);
    EXPECT_EQ(b.left_out, a.left_out);
  }
  EXPECT_EQ(got[1].capture_name, "day2");
  EXPECT_TRUE(got[1].devices.empty());
  std::vector<std::string> names;
  for (const StoredDevice& device : reader.devices()) names.push_back(device.name);
  EXPECT_THAT(names, ElementsAre("ant", "zebra"));
}

}  // namespace
}  // namespace ipet::storage::test
