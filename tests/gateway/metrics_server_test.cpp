// Counters over a socket, whatever its clients do.
#include "stages/gateway/metrics_server.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/gateway/scratch_folder.hpp"

namespace ipet::gateway {
namespace {

using namespace std::chrono_literals;
using test::ScratchFolder;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

const std::string request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

/// A client's end of a connection.
class Connection {
 public:
  explicit Connection(const MetricsAddress& address) {
    if (!address.path.empty()) {
      sockaddr_un to{};
      to.sun_family = AF_UNIX;
      address.path.copy(to.sun_path, sizeof to.sun_path - 1);
      open(AF_UNIX, reinterpret_cast<sockaddr*>(&to), sizeof to);
    } else {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(address.port);
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      open(AF_INET, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(descriptor_); }

  void send(const std::string& bytes) const {
    static_cast<void>(!::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  /// What comes until the other end closes.
  [[nodiscard]] std::string rest() const {
    std::string all;
    char bytes[65'536];
    for (ssize_t got = 0; (got = ::recv(descriptor_, bytes, sizeof bytes, 0)) > 0;)
      all.append(bytes, static_cast<std::size_t>(got));
    return all;
  }

 private:
  void open(int family, const sockaddr* to, socklen_t size) {
    descriptor_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(descriptor_, to, size) != 0) throw std::runtime_error(std::strerror(errno));
  }
  int descriptor_ = -1;
};

std::string answer_to(const MetricsAddress& address, const std::string& bytes) {
  const Connection connection(address);
  connection.send(bytes);
  return connection.rest();
}

const MetricsAddress any_port = MetricsAddress::parse("127.0.0.1:0");

TEST(MetricsServer, AnswersOverTcp) {
  const MetricsServer server(any_port, [] { return std::string("a 1\n"); });
  ASSERT_NE(server.address().port, 0);
  EXPECT_EQ(answer_to(server.address(), request),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: 4\r\nConnection: close\r\n\r\na 1\n");
  EXPECT_EQ(answer_to(server.address(), "HEAD /metrics HTTP/1.0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: 4\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(server.served(), 2u);
}

TEST(MetricsServer, AnswersAtAPathThatOnlyItsUserAndGroupReach) {
  const ScratchFolder folder;
  const MetricsAddress path = MetricsAddress::parse((folder / "metrics.sock").string());
  {
    const MetricsServer server(path, [] { return std::string("a 1\n"); });
    EXPECT_TRUE(answer_to(path, request).ends_with("\r\n\r\na 1\n"));
    struct stat found {};
    ASSERT_EQ(::stat(path.path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777u, 0660u);
  }
  EXPECT_FALSE(std::filesystem::exists(path.path));
}

TEST(MetricsServer, ReplacesASocketThatNobodyListensAt) {
  const ScratchFolder folder;
  const MetricsAddress path = MetricsAddress::parse((folder / "metrics.sock").string());
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int old = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(old, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(old);
  }
  const MetricsServer server(path, [] { return std::string("a 1\n"); });
  EXPECT_THAT(answer_to(path, request), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT([&] { MetricsServer(path, [] { return std::string(); }); },
              ThrowsMessage<std::runtime_error>(
                  "metrics: " + path.path +
                  ": another process listens there: Address already in use; choose another address or path "
                  "(option 'metrics')"));
}

TEST(MetricsServer, LeavesAFileAloneThatIsNoSocket) {
  const ScratchFolder folder;
  test::write_file(folder / "notes", "mine");
  EXPECT_THAT(
      [&] {
        MetricsServer(MetricsAddress::parse((folder / "notes").string()), [] { return std::string(); });
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("notes: is there and no socket")));
  EXPECT_EQ(test::content_of(folder / "notes"), "mine");
}

TEST(MetricsServer, SaysWhichAddressIsTaken) {
  const MetricsServer first(any_port, [] { return std::string(); });
  EXPECT_THAT([&] { MetricsServer(first.address(), [] { return std::string(); }); },
              ThrowsMessage<std::runtime_error>(
                  "metrics: " + first.address().text() +
                  ": cannot listen: Address already in use; choose another address or path (option "
                  "'metrics')"));
}

TEST(MetricsServer, AnswersGarbageWithAnError) {
  const MetricsServer server(any_port, [] { return std::string(); });
  EXPECT_EQ(answer_to(server.address(), "\x16\x03\x01"),
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 12\r\n"
            "Connection: close\r\n\r\nBad Request\n");
  EXPECT_THAT(answer_to(server.address(), "PUT /metrics HTTP/1.0\r\n\r\n"),
              testing::AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"),
                             HasSubstr("\r\nAllow: GET, HEAD\r\n")));
  // The answer arrives although more was sent than anybody read.
  EXPECT_THAT(answer_to(server.address(), std::string(100'000, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(server.refused(), 3u);
}

TEST(MetricsServer, SaysThatAPageCannotBeMade) {
  const MetricsServer server(any_port, []() -> std::string { throw std::runtime_error("secret"); });
  const std::string answer = answer_to(server.address(), request);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("secret")));
}

TEST(MetricsServer, GivesThePageWholeToASlowReader) {
  const std::string page(8'000'000, 'p');
  const MetricsServer server(any_port, [&] { return page; });
  const Connection slow(server.address());
  slow.send(request);
  EXPECT_THAT(answer_to(server.address(), request), HasSubstr(page));  // meanwhile
  EXPECT_TRUE(slow.rest().ends_with("\r\n\r\n" + page));
}

TEST(MetricsServer, MakesOnePageForAllWhoAskWithinItsAge) {
  std::atomic<int> made = 0;
  const MetricsServer server(any_port, [&] { return std::to_string(++made); }, {64, 5s, 1h});
  EXPECT_TRUE(answer_to(server.address(), request).ends_with("\r\n\r\n1"));
  EXPECT_TRUE(answer_to(server.address(), request).ends_with("\r\n\r\n1"));
  const MetricsServer fresh(any_port, [&] { return std::to_string(++made); }, {64, 5s, 0s});
  EXPECT_TRUE(answer_to(fresh.address(), request).ends_with("\r\n\r\n2"));
  EXPECT_TRUE(answer_to(fresh.address(), request).ends_with("\r\n\r\n3"));
}

TEST(MetricsServer, ClosesClientsThatSayNothingToTheEnd) {
  const MetricsServer server(any_port, [] { return std::string(); }, {64, 50ms, 1s});
  const Connection silent(server.address()), slow(server.address());
  slow.send(request.substr(0, 20));
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(slow.rest(), "");
  EXPECT_EQ(server.given_up(), 2u);
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST(MetricsServer, AnswersAmongAThousandConnectionsThatStay) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 4096));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const MetricsServer server(any_port, [] { return std::string("a 1\n"); }, {8, 1h, 1s});
  const std::size_t before = open_descriptors();
  std::vector<std::unique_ptr<Connection>> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.push_back(std::make_unique<Connection>(server.address()));
    crowd.back()->send("GET /metrics HTTP/1.1\r\n");
  }
  EXPECT_TRUE(answer_to(server.address(), request).ends_with("\r\n\r\na 1\n"));
  EXPECT_LE(open_descriptors(), before + 1000 + 8);
  EXPECT_EQ(server.served(), 1u);
  EXPECT_GE(server.given_up(), 1000u - 8);
}

TEST(MetricsServer, EndsWithClientsInTheMiddle) {
  auto server = std::make_unique<MetricsServer>(any_port, [] { return std::string(50'000'000, 'p'); });
  const Connection silent(server->address()), reader(server->address());
  reader.send(request);
  while (server->served() == 0) std::this_thread::yield();
  server.reset();
  EXPECT_EQ(silent.rest(), "");
}

}  // namespace
}  // namespace ipet::gateway
