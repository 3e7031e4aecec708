// The file depends on the positions of messages, not on the order in which they come.
#include <functional>
#include <random>

#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

traffic::CaptureSummary summary(std::uint32_t capture) {
  traffic::CaptureSummary made;
  made.capture = capture;
  made.capture_name = numbered("capture", capture);
  for (int device = 0; device < 4; ++device)
    made.devices.push_back({numbered("device", device), "", capture + 1U, 10, 5, 6});
  return made;
}

using Step = std::function<void(Hdf5Writer&)>;
std::vector<Step> steps() {
  std::vector<Step> out;
  for (std::uint32_t capture = 0; capture < 5; ++capture) {
    out.push_back([=](Hdf5Writer& w) { w.add(summary(capture)); });
    for (int device = 0; device < 4; ++device) {
      const std::string lane = std::to_string(capture) + "/" + std::to_string(device);
      for (int i = 0; i < 8; ++i) {
        const Position at{lane, static_cast<std::uint64_t>(i)};
        out.push_back([=](Hdf5Writer& w) { w.add(window_batch(capture, device, 10 * i, 10), at); });
        out.push_back([=](Hdf5Writer& w) { w.add(window_batch(capture, device, 3 * i, 3, true), at); });
        out.push_back([=](Hdf5Writer& w) {
          w.add(packet_batch(capture, numbered("capture", capture), numbered("device", device), 50 * i, 50,
                             true),
                at);
        });
      }
    }
  }
  return out;
}

TEST(Order, of_arrival_does_not_change_the_file) {
  const Folder folder;
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  std::vector<Step> order = steps();
  for (const char* name : {"a.h5", "b.h5", "c.h5"}) {
    Hdf5Writer writer(folder / name, 4);
    for (const Step& step : order) step(writer);
    writer.commit(facts());
    std::shuffle(order.begin(), order.end(), random);
  }
  const std::string compare = "/usr/bin/python3 " IPET_SOURCE_DIR "/tests/integration/compare_hdf5.py ";
  for (const char* name : {"b.h5", "c.h5"}) {
    const CommandResult result = run(compare + (folder / "a.h5").string() + " " + (folder / name).string());
    EXPECT_EQ(result.status, 0) << result.output;
  }
  expect_h5py("order", folder / "a.h5");
}

}  // namespace
}  // namespace ipet::storage::test
