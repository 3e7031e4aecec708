// Models as files.
#include "stages/device_model/model_text.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/device_model/models.hpp"

namespace ipet::device_model::test {
namespace {

using testing::HasSubstr;

const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "device-model.toml";

DeviceModel read(const std::string& text) {
  std::ofstream(file) << text;
  return read_model(file);
}

/// The message, without the file's path before the place.
std::string fault(const std::string& text) {
  try {
    read(text);
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    const auto at = message.find(file.string());
    return at == std::string::npos ? message : message.substr(at + file.string().size());
  }
  return "accepted";
}

const std::string head = "device = \"plug\"\nrecorded = [[0, 86400]]\n";

TEST(ModelFiles, hold_what_was_written) {
  DeviceModel model = fitted({{"cam", camera(5, 2, 1)}}, {0, 1});
  for (Burst& each : model.bursts)  // to the microsecond
    for (BurstPacket& packet : each.packets) packet.after = packet.after / 1'000 * 1'000;
  for (Burst& each : model.bursts) each.time = each.time / 1'000 * 1'000;
  for (defence::RecordedSpan& span : model.recorded)
    span = {span.begin / 1'000 * 1'000, span.end / 1'000 * 1'000};
  model.timers = {{60.25, true, 0.5, 0.75}, {90.5}};
  model.bursts[1].timer = 0;
  model.bursts[2].event = false;
  model.bursts[2].timer = 1;
  model.bursts[3].packets[1].direction = Direction::in;
  model.bursts[3].packets[2].protocol = Protocol::udp;
  model.times = 2.5;
  EXPECT_EQ(read(text_of(model)), model);
}

TEST(ModelFiles, do_not_let_rounding_add_up) {
  DeviceModel model = model_of({burst(0, {1})});
  for (int i = 0; i < 1'000; ++i)
    model.bursts[0].packets.push_back({1'499, 1, Direction::out, Protocol::tcp});
  EXPECT_EQ(read(text_of(model)).bursts[0].end(), 1'499'000);
}

TEST(ModelFiles, are_refused_with_the_place_of_what_is_wrong) {
  EXPECT_THAT(fault("recorded = [[0, 1]]\n"),
              HasSubstr("error[model-file]: model file: key 'device' is missing"));
  EXPECT_THAT(fault(head + "size = 3\n"), HasSubstr(":3:1: error[model-file]: model file: no key 'size'"));
  EXPECT_THAT(fault(head + "[[timer]]\nperiod = 0\n"),
              HasSubstr(":4:10: error[model-file]: timer 0: 'period' must lie in 1 .. 31622400, not 0"));
  EXPECT_THAT(fault(head + "[[timer]]\nperiod = 60\n"),
              HasSubstr("model file: 'timer' number 0 has no burst that it sends"));
  EXPECT_THAT(fault(head + "[[burst]]\nat = 5\ntimer = 1\npackets = \"0>t5\"\n"),
              HasSubstr(":5:9: error[model-file]: burst 0: 'timer' names none of the 0 timers"));
  EXPECT_THAT(fault(head + "[[burst]]\nat = 5\npackets = \"0>t5\"\n[[burst]]\nat = 4\npackets = \"0>t5\"\n"),
              HasSubstr(":7:6: error[model-file]: burst 1: 'at' is earlier than that of the burst before"));
}

TEST(ModelFiles, with_packets_that_are_none_say_how_to_write_them) {
  for (const std::string wrong : {"", "0>t", "0>x5", "0t5", "-1>t5", "5>t5", "0>t5 ", "0>t5  3<u9",
                                  "0>t16000001", "0>t5 3600000001>t5"})
    EXPECT_THAT(fault(head + "[[burst]]\nat = 5\npackets = \"" + wrong + "\"\n"),
                testing::AllOf(HasSubstr(":5:11: error[model-file]: burst 0: 'packets' has '"),
                               HasSubstr("write each packet as 4200<t60")))
        << wrong;
}

}  // namespace
}  // namespace ipet::device_model::test
