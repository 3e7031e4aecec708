// What a driver demands of a schedule: dummies in time order, as many as the rate says, the same every time.
#include "my_defence.cpp"

#include <cstdio>
#include <cstdlib>
#include <vector>

static void expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

static std::vector<traffic::DevicePacket> dummies_of(const MyDefenceOptions& options,
                                                     traffic::Nanoseconds until) {
  MyDefenceSchedule schedule(options, traffic::StreamKey(20));
  traffic::DevicePacket dummy;
  expect(!schedule.next(until, dummy), "nothing is sent before the line is up");
  schedule.user_packet({traffic::second, 100});
  std::vector<traffic::DevicePacket> dummies;
  while (schedule.next(until, dummy)) dummies.push_back(dummy);
  return dummies;
}

int main() {
  const MyDefenceOptions options;
  const traffic::Nanoseconds until = 2001 * traffic::second;
  const std::vector<traffic::DevicePacket> dummies = dummies_of(options, until);
  const double expected = options.rate * 2000;
  expect(std::abs(static_cast<double>(dummies.size()) - expected) < 6 * std::sqrt(expected),
         "the rate is kept");
  traffic::Nanoseconds before = traffic::second;
  for (const traffic::DevicePacket& dummy : dummies) {
    expect(dummy.time > before && dummy.time < until, "dummies come in time order, after the line is up");
    expect(dummy.dummy && dummy.size == options.size,
           "what is sent is marked as cover, and of the size asked for");
    before = dummy.time;
  }
  expect(dummies == dummies_of(options, until), "the same seed gives the same dummies");
}
