// The real home, where its captures are present: how well the generations of a device pass for it. Of two
// devices; with IPET_GAN_DAYS, which says how many sets of days, {0}, {0, 1}, ..., of all.
#include <chrono>
#include <cstdio>

#include <gtest/gtest.h>

#include "stages/gan/gan_imitator.hpp"
#include "tests/windows/real_home.hpp"

namespace ipet::gan::test {
namespace {

using windows::test::home;
using windows::test::real_devices;

std::shared_ptr<const traffic::Traces> real_traces() {
  auto traces = std::make_shared<traffic::Traces>();
  for (const auto& device : real_devices)
    windows::test::read_packets(device.name, [&](const std::vector<traffic::DevicePacket>& packets) {
      traffic::DevicePackets message;
      message.capture_name = std::make_shared<const std::string>(device.name);
      message.device = std::make_shared<const std::string>(device.name);
      message.packets = packets;
      traces->add(message);
    });
  traces->finish();
  return traces;
}

TEST(RealHome, is_imitated_at_the_rates_of_its_devices) {
  if (!std::filesystem::exists(home)) GTEST_SKIP() << "no captures at " << home;
  const defence::Pool pool(real_traces(), 14.5);
  const GanImitator imitator({});
  const char* given = std::getenv("IPET_GAN_DAYS");
  const std::size_t sets = given != nullptr ? std::strtoul(given, nullptr, 10) : 1;
  for (std::size_t most = pool.days().size(); most > 0 && most > pool.days().size() - sets; --most) {
    std::vector<std::size_t> days;
    for (std::size_t day = 0; day < most; ++day) days.push_back(day);
    for (std::size_t device = 0; device < pool.devices().size(); ++device) {
      const std::string& name = pool.devices()[device];
      if (given == nullptr && name != "schlage-lock-01" && name != "sifely-hub-01") continue;
      const auto before = std::chrono::steady_clock::now();
      const auto model = imitator.model(pool, device, days);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
      ASSERT_NE(model, nullptr);
      std::printf("%-16s %zu days, %.1f s: %.4f packets/s, %.2f bytes/s, %.1f events/h\n", name.c_str(), most,
                  took.count(), model->packets, model->bytes, 3600 * model->events);
      for (std::size_t g = 0; g < model->generations.size(); ++g) {
        const Generation& made = model->generations[g];
        std::printf(
            "  generation %zu%s %6.3f nats/packet, known %.3f, fooled %.3f, %.4f packets/s, %.2f bytes/s, "
            "%.1f events/h\n",
            g, g == model->chosen ? "*" : " ", made.likelihood, made.accuracy, made.fooled, made.packets,
            made.bytes, 3600 * made.events);
      }
      const Generation& last = model->last;
      std::printf(
          "  at last                                                      %.4f packets/s, %.2f bytes/s, %.1f "
          "events/h\n",
          last.packets, last.bytes, 3600 * last.events);
      EXPECT_NEAR(last.packets, model->packets, 0.5 * model->packets) << name;
    }
  }
}

}  // namespace
}  // namespace ipet::gan::test
