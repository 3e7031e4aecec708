// What an end asks of the system, as far as that needs no privileges.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stages/defence/none.hpp"
#include "stages/gateway/end.hpp"
#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using namespace ipet::gateway::test;
using ipet::traffic::second;

/// A pair of sockets of which one has the filter, and what comes out of it.
class Filtered {
 public:
  Filtered() {
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends_.data()) != 0) ADD_FAILURE();
    leave_out_own(ends_[1], 4790);
  }
  Filtered(const Filtered&) = delete;
  Filtered& operator=(const Filtered&) = delete;
  ~Filtered() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  /// Bytes of it that are kept; nothing where it is dropped.
  std::optional<std::size_t> kept(const Bytes& packet) {
    (void)::send(ends_[0], packet.data(), packet.size(), 0);
    Bytes room(2'000);
    const ssize_t size = ::recv(ends_[1], room.data(), room.size(), 0);
    if (size < 0) return std::nullopt;
    return static_cast<std::size_t>(size);
  }

 private:
  std::array<int, 2> ends_{};
};

/// With these ports behind an IP header of so many bytes.
Bytes with_ports(Bytes packet, std::size_t header, std::uint16_t source, std::uint16_t destination) {
  const std::uint8_t ports[] = {static_cast<std::uint8_t>(source >> 8), static_cast<std::uint8_t>(source),
                                static_cast<std::uint8_t>(destination >> 8),
                                static_cast<std::uint8_t>(destination)};
  std::copy(std::begin(ports), std::end(ports), packet.begin() + static_cast<std::ptrdiff_t>(header));
  return packet;
}

Bytes ipv6(std::uint8_t protocol, std::uint16_t source, std::uint16_t destination) {
  Bytes packet(300);
  packet[0] = 0x60;
  packet[4] = 1;
  packet[5] = 4;
  packet[6] = protocol;
  return with_ports(packet, 40, source, destination);
}

TEST(WatchFilter, LeavesOutOurOwnDatagramsAndKeepsTheHeadersOfOthers) {
  Filtered filtered;
  const Bytes udp = ipv4(600, Protocol::udp), tcp = ipv4(600, Protocol::tcp);
  EXPECT_EQ(filtered.kept(with_ports(udp, 20, 4790, 99)), std::nullopt);
  EXPECT_EQ(filtered.kept(with_ports(udp, 20, 99, 4790)), std::nullopt);
  EXPECT_EQ(filtered.kept(with_ports(udp, 20, 99, 53)), 128U);
  EXPECT_EQ(filtered.kept(with_ports(tcp, 20, 4790, 4790)), 128U) << "TCP is nobody's but a user's";
  EXPECT_EQ(filtered.kept(ipv6(17, 4790, 99)), std::nullopt);
  EXPECT_EQ(filtered.kept(ipv6(17, 99, 4790)), std::nullopt);
  EXPECT_EQ(filtered.kept(ipv6(17, 99, 53)), 128U);
  EXPECT_EQ(filtered.kept(ipv6(6, 4790, 4790)), 128U);
}

TEST(WatchFilter, KnowsOptionsAndFragmentsOfVersion4) {
  Filtered filtered;
  Bytes options = ipv4(600, Protocol::udp);
  options[0] = 0x47;
  EXPECT_EQ(filtered.kept(with_ports(options, 28, 99, 4790)), std::nullopt);
  EXPECT_EQ(filtered.kept(with_ports(options, 20, 99, 4790)), 128U);
  Bytes fragment = with_ports(ipv4(600, Protocol::udp), 20, 99, 4790);
  fragment[7] = 1;
  EXPECT_EQ(filtered.kept(fragment), 128U) << "what stands there are no ports";
}

TEST(Endpoint, IsAnAddressWithAPort) {
  const auto v4 = Endpoint::parse("10.77.0.2:4790"), v6 = Endpoint::parse("[fd77::2]:4790");
  ASSERT_TRUE(v4 && v6);
  EXPECT_EQ(v4->port, 4790);
  EXPECT_FALSE(v4->v6);
  EXPECT_TRUE(v6->v6);
  EXPECT_TRUE(v4->is(Endpoint::parse("10.77.0.2:4790")->address));
  EXPECT_FALSE(v4->is(Endpoint::parse("10.77.0.3:4790")->address));
  EXPECT_FALSE(v4->is(Endpoint::parse("10.77.0.2:4791")->address));
  EXPECT_FALSE(v4->is(v6->address));
  EXPECT_FALSE(v6->is(Endpoint::parse("[fd77::3]:4790")->address));
  for (const char* text : {"", "10.77.0.2", "10.77.0.2:", "10.77.0.2:0", "10.77.0.2:70000", "relay:4790",
                           "fd77::2:4790", "[fd77::2]"})
    EXPECT_FALSE(Endpoint::parse(text)) << text;
}

TEST(EndOptions, SayWhatIsWrong) {
  EndOptions options;
  EXPECT_EQ(options.fault().first, "tunnels");
  for (const char* wrong : {"", "a/b", "sixteen-bytes-ab", "two words"}) {
    options.tunnels = {wrong};
    EXPECT_EQ(
        options.fault().second,
        "'" + std::string(wrong) + "' is no name of an interface: 1 to 15 bytes without '/' and blanks");
  }
  options.tunnels = {"wg0", "wg1", "wg0"};
  EXPECT_EQ(options.fault().second, "'wg0' is named twice: each line has a tunnel of its own");
  options.tunnels = {"wg0", "wg1"};
  options.other = "10.77.0.2";
  EXPECT_EQ(options.fault().second,
            "'10.77.0.2' is no address with a port, such as 10.77.{line}.2:4790 or [fd77::2]:4790");
  options.other = "10.77.0.2:4790";
  EXPECT_EQ(options.fault().second,
            "'10.77.0.2:4790' is the same for all tunnels: {line} stands for the line's number");
  options.other = "10.77.{line}.2:4790";
  EXPECT_EQ(options.fault().second, "");
  EXPECT_EQ(options.largest_packet(false), 1'372U);
  EXPECT_EQ(options.largest_packet(true), 1'352U);
}

TEST(End, NamesSomeLinesWhereTunnelsAreTooFew) {
  ipet::traffic::DeviceFile home;
  for (int i = 0; i < 10'000; ++i) {
    home.devices.emplace_back();
    home.devices.back().name = "lamp-" + std::to_string(i);
  }
  EndOptions options;
  options.tunnels = {"wg0"};
  options.other = "10.77.{line}.2:4790";
  try {
    const End end(Side::gateway, ipet::defence::None(), "none", {}, ipet::defence::Topology::device, home,
                  options, [](const std::string&, const std::string&) {});
    ADD_FAILURE() << "it began";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "'tunnels' names 1 interface for 10000 lines: lamp-0, lamp-1, lamp-2, lamp-3, lamp-4, lamp-5, "
        "lamp-6, lamp-7, lamp-8, lamp-9, lamp-10, lamp-11 and 9988 more; with lines = \"home\" one "
        "carries all of them");
  }
}

TEST(LineSocket, NamesATunnelThatIsNotThereAndHowToMakeIt) {
  try {
    const LineSocket socket("nowhere7", *Endpoint::parse("10.77.0.2:4790"));
    ADD_FAILURE() << "it was opened";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "there is no interface 'nowhere7': No such device; make it first (ip link add nowhere7 type "
                 "wireguard; stages/gateway/README.md)");
  }
}

TEST(TunDevice, SaysThatAnInterfaceOfItsNameIsNone) {
  if (::access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/net/tun is not to be had here";
  try {
    const TunDevice device("lo", 1372);
    ADD_FAILURE() << "it was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "the TUN device 'lo' cannot be had: Invalid argument; there is an interface of that name that "
        "is no TUN device: name another (option 'tun')");
  }
}

TEST(LineSocket, KnowsAnInterfaceThatCanBeNoTunnel) {
  EXPECT_FALSE(has_no_link_layer("lo"));
  EXPECT_FALSE(has_no_link_layer("nowhere7"));
}

/// Own addresses are asked for once; without one the kernel looks through those of all interfaces each time.
TEST(LineSocket, SendsOverIpv6FromTheAddressThatTheOtherEndKnows) {
  std::optional<LineSocket> socket;
  try {
    socket.emplace("", *Endpoint::parse("[::1]:47917"));  // both ends in one
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << error.what();
  }
  const Bytes sent = {1, 2, 3};
  ASSERT_TRUE(socket->send(sent));
  std::vector<std::pair<Bytes, bool>> came;
  socket->receive(
      [&](auto bytes, bool stranger) { came.emplace_back(Bytes(bytes.begin(), bytes.end()), stranger); });
  ASSERT_EQ(came.size(), 1U);
  EXPECT_EQ(came[0].first, sent);
  EXPECT_FALSE(came[0].second);
}

/// A UDP datagram of so many bytes from lo to lo.
void send_on_lo(std::uint16_t port, std::size_t size) {
  const Descriptor sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Bytes data(size);
  (void)::sendto(sender.get(), data.data(), size, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

TEST(PacketWatch, SeesWhatPassesItsTunnelsButOurOwn) {
  std::optional<PacketWatch> watch;
  try {
    watch.emplace(std::vector<std::string>{"lo"}, 47918);
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << error.what();
  }
  send_on_lo(47918, 21);
  send_on_lo(47919, 37);
  std::vector<bool> leaving;
  watch->look([&](const SeenPacket& seen) {
    const auto ip = read_ip(seen.begin);
    if (!ip || ip->payload != 37U) {  // of others on this machine
      EXPECT_TRUE(!ip || ip->payload != 21U) << "our own";
      return;
    }
    EXPECT_EQ(seen.tunnel, 0U);
    EXPECT_LT(seen.age, second);
    leaving.push_back(seen.leaves);
  });
  EXPECT_EQ(leaving, (std::vector<bool>{true, false})) << "into lo, and out of it";
}

TEST(PacketWatch, LeavesOutInterfacesThatAreNoTunnels) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  leave_out_own(ends[1], 4790, {3, 9});
  (void)::send(ends[0], "E", 1, 0);
  char room = 0;
  EXPECT_LT(::recv(ends[1], &room, 1, 0), 0) << "it comes through no interface";
  for (const int end : ends) ::close(end);
}

TEST(LiveClock, RunsAsFastAsItIsTold) {
  for (const double speed : {1.0, 20.0, 0.5}) {
    const LiveClock clock(speed);
    const Nanoseconds now = clock.now();
    const auto trace = static_cast<Nanoseconds>(speed * 3e9);
    EXPECT_NEAR(static_cast<double>(clock.monotonic_at(now + trace) - clock.monotonic_at(now)), 3e9, 2)
        << speed;
    EXPECT_EQ(clock.monotonic_at(LiveClock::never), LiveClock::never);
    EXPECT_LE(clock.monotonic_at(now), monotonic_now());
  }
}

TEST(EventLoop, LooksAtNothingThatItDoesNotListenTo) {
  EventLoop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  std::vector<int> called;  // in which turn
  int turns = 0;
  loop.add(ends[1], [&] {
    called.push_back(turns);
    loop.listen(ends[1], false);
  });
  ASSERT_EQ(::write(ends[0], "x", 1), 1);
  loop.run([&] { return turns >= 6; },
           [&] {
             if (++turns == 4) loop.listen(ends[1], true);
             return monotonic_now();
           });
  EXPECT_EQ(called, (std::vector<int>{1, 4})) << "it was never read";
  for (const int end : ends) ::close(end);
}

TEST(EventLoop, CallsWhatIsReadyAndEndsWhenItIsToldTo) {
  EventLoop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  int called = 0, turns = 0;
  loop.add(ends[1], [&] {
    ++called;
    char byte = 0;
    (void)!::read(ends[1], &byte, 1);
    loop.remove(ends[1]);
  });
  ASSERT_EQ(::write(ends[0], "x", 1), 1);
  ASSERT_EQ(::write(ends[0], "y", 1), 1);
  loop.run([&] { return turns >= 3; },
           [&] {
             ++turns;
             return monotonic_now();
           });
  EXPECT_EQ(called, 1) << "it had removed itself";
  EXPECT_EQ(turns, 3);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
