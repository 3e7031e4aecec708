// Windows of four packets, worked out by hand.
#include "my_stage.cpp"

#include <cstdio>
#include <cstdlib>

static void expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

int main() {
  using ipet::traffic::Direction;
  using ipet::traffic::second;
  const MyStageOptions options;
  MyStageWindows windows;
  const DevicePacket packets[] = {{100 * second, 500, Direction::out},
                                  {100 * second + second / 4, 99, Direction::out},  // too small
                                  {101 * second, 300, Direction::in},
                                  {104 * second, 200, Direction::out}};
  for (const DevicePacket& packet : packets) windows.add(packet, options);

  const WindowBatch& batch = windows.batch;
  expect(batch.start == std::vector<Nanoseconds>{100 * second, 104 * second},
         "a window ends before its total_time");
  expect(batch.silence == std::vector<double>{0, 3}, "the silence is the gap before the first packet");
  std::vector<float> expected(2 * 40 * 4);
  expected[0] = 1, expected[1] = 500;                    // window 0, slot 0, out
  expected[10 * 4 + 2] = 1, expected[10 * 4 + 3] = 300;  // window 0, slot 10, in
  expected[40 * 4] = 1, expected[40 * 4 + 1] = 200;      // window 1, slot 0, out
  expect(batch.features == expected, "packets and bytes are counted in their slots");
}
