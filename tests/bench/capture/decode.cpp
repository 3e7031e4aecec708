// A capture file to packets: ours, libtins, and a walk that only touches the headers. All three add up what
// they find, and the sums are compared: tests/capture/libtins_test.cpp and differential_test.cpp prove packet
// by packet that ours and libtins agree.
//
// The file is $IPET_BENCH_CAPTURE (Ethernet, pcap of microseconds in this machine's byte order).
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tins/tins.h>
#include <unistd.h>

#include "stages/capture/bytes.hpp"
#include "stages/capture/pcap_reader.hpp"

namespace {

using namespace ipet;
using traffic::Packet;

std::string capture() {
  const char* path = std::getenv("IPET_BENCH_CAPTURE");
  if (path == nullptr) throw std::runtime_error("IPET_BENCH_CAPTURE names no capture");
  return path;
}

struct Sums {
  std::uint64_t packets = 0, payload = 0, ports = 0, seconds = 0;
  void add(const Packet& packet) {
    ++packets;
    payload += packet.payload;
    ports += packet.source_port + packet.destination_port;
    seconds += static_cast<std::uint64_t>(packet.time / traffic::second);
  }
};

void report(benchmark::State& state, const Sums& sums, std::uint64_t frames) {
  state.SetItemsProcessed(static_cast<std::int64_t>(frames));
  const auto runs = static_cast<double>(state.iterations());
  state.counters["packets"] = static_cast<double>(sums.packets) / runs;
  state.counters["payload"] = static_cast<double>(sums.payload) / runs;
  state.counters["ports"] = static_cast<double>(sums.ports) / runs;
  state.counters["seconds"] = static_cast<double>(sums.seconds) / runs;
}

void ours(benchmark::State& state) {
  const std::string path = capture();
  Sums sums;
  std::uint64_t frames = 0;
  std::vector<Packet> packets;
  for (auto _ : state) {
    capture::PcapReader reader({path});
    for (bool more = true; more;) {
      more = reader.next(65'536, traffic::day, packets);
      for (const Packet& packet : packets) sums.add(packet);
    }
    frames += reader.statistics().frames;
  }
  report(state, sums, frames);
}
BENCHMARK(ours)->Unit(benchmark::kMillisecond);

/// FileSniffer, then each layer asked for by its type, into the same packets.
bool from_libtins(const Tins::Packet& from, Packet& packet) {
  const Tins::PDU& frame = *from.pdu();
  packet = Packet{};
  packet.time = std::chrono::nanoseconds(std::chrono::microseconds(from.timestamp())).count();
  if (const auto* ethernet = frame.find_pdu<Tins::EthernetII>()) {
    ethernet->src_addr().copy(packet.source_mac.bytes.begin());
    ethernet->dst_addr().copy(packet.destination_mac.bytes.begin());
    packet.has_mac = true;
  }
  std::uint32_t length = 0;
  if (const auto* ip = frame.find_pdu<Tins::IP>()) {
    const std::uint32_t source = ip->src_addr(), destination = ip->dst_addr();
    packet.source = traffic::IpAddress::v4(reinterpret_cast<const std::uint8_t*>(&source));
    packet.destination = traffic::IpAddress::v4(reinterpret_cast<const std::uint8_t*>(&destination));
    length = ip->tot_len() - ip->header_size();
  } else if (const auto* ip6 = frame.find_pdu<Tins::IPv6>()) {
    ip6->src_addr().copy(packet.source.bytes.begin());
    ip6->dst_addr().copy(packet.destination.bytes.begin());
    length = ip6->payload_length() + 40u - ip6->header_size();
  }
  if (const auto* tcp = frame.find_pdu<Tins::TCP>()) {
    packet.protocol = traffic::Protocol::tcp;
    packet.source_port = tcp->sport();
    packet.destination_port = tcp->dport();
    packet.payload = length - tcp->header_size();
    return true;
  }
  if (const auto* udp = frame.find_pdu<Tins::UDP>()) {
    packet.protocol = traffic::Protocol::udp;
    packet.source_port = udp->sport();
    packet.destination_port = udp->dport();
    packet.payload = udp->length() - 8u;
    return true;
  }
  return false;
}

void libtins(benchmark::State& state) {
  const std::string path = capture();
  Sums sums;
  std::uint64_t frames = 0;
  std::vector<Packet> packets;
  for (auto _ : state) {
    Tins::FileSniffer sniffer(path);
    while (const Tins::Packet next = sniffer.next_packet()) {
      ++frames;
      Packet packet;
      if (!from_libtins(next, packet)) continue;
      sums.add(packet);
      packets.push_back(packet);
      if (packets.size() == 8192) packets.clear();
    }
  }
  report(state, sums, frames);
}
BENCHMARK(libtins)->Unit(benchmark::kMillisecond);

/// A mapped file.
class Mapping {
 public:
  explicit Mapping(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status = {};
    if (file_ < 0 || ::fstat(file_, &status) != 0) throw std::runtime_error(path + ": cannot be opened");
    size_ = static_cast<std::size_t>(status.st_size);
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
    if (data_ == MAP_FAILED) throw std::runtime_error(path + ": cannot be mapped");
    ::madvise(data_, size_, MADV_SEQUENTIAL);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    ::munmap(data_, size_);
    ::close(file_);
  }
  [[nodiscard]] const std::uint8_t* begin() const { return static_cast<const std::uint8_t*>(data_); }
  [[nodiscard]] const std::uint8_t* end() const { return begin() + size_; }

 private:
  int file_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The fields of a common frame, with no check at all: at most one VLAN tag, no extension headers, nothing
/// cut short.
void touch(const std::uint8_t* frame, Sums& sums, std::uint64_t& touched) {
  using capture::load_network;
  auto type = load_network<std::uint16_t>(frame + 12);
  touched += load_network<std::uint32_t>(frame) + load_network<std::uint32_t>(frame + 6);
  if (type == 0x8100) type = load_network<std::uint16_t>((frame += 4) + 12);
  const bool four = type == 0x0800;
  if (!four && type != 0x86dd) return;
  const std::uint8_t* ip = frame + 14;
  const std::uint8_t protocol = four ? ip[9] : ip[6];
  const std::uint32_t header = four ? (ip[0] & 15u) * 4 : 40;
  const std::uint32_t length =
      four ? load_network<std::uint16_t>(ip + 2) - header : load_network<std::uint16_t>(ip + 4);
  touched += load_network<std::uint64_t>(ip + (four ? 12 : 8));
  if (protocol != 6 && protocol != 17) return;
  const std::uint8_t* transport = ip + header;
  ++sums.packets;
  sums.ports += load_network<std::uint16_t>(transport) + load_network<std::uint16_t>(transport + 2);
  sums.payload +=
      protocol == 17 ? load_network<std::uint16_t>(transport + 4) - 8u : length - (transport[12] >> 4) * 4u;
}

void walk(benchmark::State& state) {
  const std::string path = capture();
  Sums sums;
  std::uint64_t frames = 0, touched = 0;
  for (auto _ : state) {
    const Mapping file(path);
    for (const std::uint8_t* at = file.begin() + 24; at + 16 <= file.end();) {
      touched += capture::load<std::uint32_t>(at + 4, false);
      const std::uint64_t before = sums.packets;
      touch(at + 16, sums, touched);
      if (sums.packets != before) sums.seconds += capture::load<std::uint32_t>(at, false);
      at += 16 + capture::load<std::uint32_t>(at + 8, false);
      ++frames;
    }
    benchmark::DoNotOptimize(touched);
  }
  report(state, sums, frames);
}
BENCHMARK(walk)->Unit(benchmark::kMillisecond);

/// Reading the file into a buffer that stays in the cache, and nothing else: what any reader pays that does
/// not map the file.
void read_only(benchmark::State& state) {
  const std::string path = capture();
  std::vector<char> buffer(std::size_t{256} << 10);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) > 0;) bytes += got;
    ::close(file);
  }
  state.SetItemsProcessed(bytes);
}
BENCHMARK(read_only)->Unit(benchmark::kMillisecond);

}  // namespace
