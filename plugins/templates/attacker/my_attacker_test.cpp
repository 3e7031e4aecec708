// The view on a line worked out by hand, and two devices that anybody can tell apart.
#include "my_attacker.cpp"

#include <cstdio>
#include <cstdlib>

static void expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

static attack::Rows rows_of(const attack::View& view, std::uint32_t bytes, std::uint16_t label) {
  const auto extractor = view.open({0, 3600 * traffic::second, 0});
  attack::Rows rows;
  rows.width = view.columns().size();
  const attack::FeatureExtractor::Sink sink = [&](traffic::Nanoseconds start, std::span<const float> row) {
    rows.values.insert(rows.values.end(), row.begin(), row.end());
    rows.start.push_back(start);
    rows.line.push_back(label);
    rows.label.push_back(label);
  };
  // Two packets out and one in, a minute apart from each other, then nothing for half an hour.
  std::vector<traffic::DevicePacket> packets = {
      {0, bytes}, {60 * traffic::second, bytes}, {120 * traffic::second, 10}};
  packets[2].direction = traffic::Direction::in;
  packets.push_back({2400 * traffic::second, bytes});
  extractor->add(packets, sink);
  extractor->end(sink);
  return rows;
}

int main() {
  const MyAttacker attacker({15});
  attack::Rows small = rows_of(attacker.view(), 100, 0);
  const attack::Rows large = rows_of(attacker.view(), 1400, 1);
  expect(small.start == std::vector<traffic::Nanoseconds>{0, 1800 * traffic::second},
         "a row where there are packets");
  const double expected[] = {std::log(3.0), std::log(2.0), std::log(201.0), std::log(11.0)};
  for (std::size_t c = 0; c < small.width; ++c)
    expect(std::abs(small.row(0)[c] - expected[c]) < 1e-5, "rows hold logarithms of packets and bytes");

  attack::Rows both = small;
  both.values.insert(both.values.end(), large.values.begin(), large.values.end());
  both.start.insert(both.start.end(), large.start.begin(), large.start.end());
  both.line.insert(both.line.end(), large.line.begin(), large.line.end());
  both.label.insert(both.label.end(), large.label.begin(), large.label.end());
  ipet::fingerprint::Observer observer;
  const std::vector<float> found = attacker.train(both, {}, 2, 20, observer)->probabilities(both);
  for (std::size_t i = 0; i < both.size(); ++i) {
    expect(std::abs(found[2 * i] + found[2 * i + 1] - 1) < 1e-5, "probabilities of a row sum to 1");
    expect(found[2 * i + both.label[i]] > 0.5, "each row is named as its device");
  }
}
