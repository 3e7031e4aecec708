// Counters are shown to this machine only.
#include "stages/gateway/metrics_address.hpp"

#include <gmock/gmock.h>

namespace ipet::gateway {
namespace {

using testing::ThrowsMessage;

const std::string advice =
    "; write a loopback address with its port (\"127.0.0.1:9477\", \"[::1]:9477\") or the path of a Unix "
    "socket (\"/run/ipet/metrics.sock\")";

TEST(MetricsAddress, IsOfTheLoopbackOrAPath) {
  const MetricsAddress v4 = MetricsAddress::parse("127.3.2.1:9477");
  EXPECT_EQ(v4.address, traffic::IpAddress::parse("127.3.2.1"));
  EXPECT_EQ(v4.port, 9477);
  EXPECT_EQ(v4.path, "");
  const MetricsAddress v6 = MetricsAddress::parse("[::1]:0");
  EXPECT_EQ(v6.address, traffic::IpAddress::parse("::1"));
  EXPECT_EQ(v6.text(), "[::1]:0");
  EXPECT_EQ(MetricsAddress::parse("/run/ipet/metrics.sock").path, "/run/ipet/metrics.sock");
}

TEST(MetricsAddress, IsRefusedWhereOthersReachIt) {
  for (const std::string text : {"0.0.0.0:9477", "192.168.0.1:9477", "[::]:9477", "[2001:db8::1]:9477",
                                 "[::ffff:192.0.2.1]:9477", "128.0.0.1:1"})
    EXPECT_THAT([&] { MetricsAddress::parse(text); },
                ThrowsMessage<std::runtime_error>("metrics: '" + text + "' can be reached by other machines" +
                                                  advice));
}

TEST(MetricsAddress, IsRefusedWhereItIsNone) {
  for (const std::string text : {"", "9477", "localhost:9477", "127.0.0.1:", "127.0.0.1:65536",
                                 "127.0.0.1:1x", "::1:9477", "[127.0.0.1]:1", "metrics.sock", "./a.sock"})
    EXPECT_THAT([&] { MetricsAddress::parse(text); },
                ThrowsMessage<std::runtime_error>("metrics: '" + text +
                                                  "' is neither an address with a port nor a path" + advice));
}

TEST(MetricsAddress, IsRefusedWhereThePathIsTooLongForASocket) {
  const std::string longest = "/" + std::string(106, 'a');  // sun_path has 108 bytes, with a 0 at the end
  EXPECT_EQ(MetricsAddress::parse(longest).path, longest);
  EXPECT_THAT([&] { MetricsAddress::parse(longest + "b"); },
              ThrowsMessage<std::runtime_error>(
                  testing::HasSubstr("has 108 bytes, and a socket's path 107 at most")));
}

}  // namespace
}  // namespace ipet::gateway
