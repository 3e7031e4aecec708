// Who sends records, well and badly, over the loopback interface.
#include "stages/records/record_listener.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "stages/records/outlet.hpp"
#include "stages/records/record.hpp"

namespace ipet::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using traffic::DevicePacket;
using traffic::Direction;
using Arrivals = std::vector<RecordListener::Arrival>;

/// A free port of the loopback interface.
Endpoint free_endpoint() {
  Endpoint endpoint{*traffic::IpAddress::parse("127.0.0.1"), 0};
  const Socket socket = open_socket(endpoint, SOCK_STREAM);
  EXPECT_EQ(bind_socket(socket, endpoint), 0);
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  endpoint.port = ntohs(bound.sin_port);
  return endpoint;
}

/// What a connection sends before it ends.
class Client {
 public:
  Client(const Endpoint& to, std::string_view bytes) : socket_(open_socket(to, SOCK_STREAM)) {
    (void)connect_socket(socket_, to);  // of the loopback interface: at once, or soon
    while (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno == EAGAIN) {
    }
  }
  void close() { socket_ = Socket(); }

 private:
  Socket socket_;
};

/// Until all connections have ended.
Arrivals all_of(RecordListener& listener) {
  Arrivals arrivals;
  for (int turn = 0; turn < 1'000 && !listener.all_ended(); ++turn)
    listener.receive(traffic::second / 100, 1'000'000, arrivals);
  EXPECT_TRUE(listener.all_ended());
  return arrivals;
}

constexpr std::string_view three = std::string_view(
    "UO\x05\x00"
    "CI\xB4\x05"
    "UI\x00\x00",
    12);

TEST(RecordListener, TakesRecordsOfEachDeviceAtItsAddress) {
  const Endpoint ends[] = {free_endpoint(), free_endpoint()};
  RecordListener listener(ends);
  Client(ends[1], three).close();
  Client(ends[0], three.substr(0, 4)).close();
  const Arrivals arrivals = all_of(listener);
  std::vector<std::string> lines[2];
  traffic::Nanoseconds before = 1'700'000'000 * traffic::second;
  for (const auto& [device, packet] : arrivals) {
    const std::string line = log_line(packet);
    lines[device].push_back(line.substr(0, line.rfind(',')));
    EXPECT_GE(packet.time, before);
    before = packet.time;
  }
  EXPECT_THAT(lines[0], ElementsAre("U,O,5"));
  EXPECT_THAT(lines[1], ElementsAre("U,O,5", "C,I,1460", "U,I,0"));
  EXPECT_THAT(listener.complaints(), IsEmpty());
}

TEST(RecordListener, PutsRecordsTogetherThatComeInPieces) {
  const Endpoint end = free_endpoint();
  RecordListener listener({&end, 1});
  const Socket client = open_socket(end, SOCK_STREAM);
  (void)connect_socket(client, end);
  Arrivals arrivals;
  for (const char byte : three) {
    while (::send(client.get(), &byte, 1, MSG_NOSIGNAL) < 0 && errno == EAGAIN) {
    }
    listener.receive(traffic::second / 100, 100, arrivals);
  }
  for (int turn = 0; turn < 100 && arrivals.size() < 3; ++turn)
    listener.receive(traffic::second / 100, 100, arrivals);
  ASSERT_EQ(arrivals.size(), 3U);
  EXPECT_EQ(arrivals[1].packet.size, 1460U);
  EXPECT_FALSE(listener.all_ended());
}

TEST(RecordListener, ClosesWhoSendsSomethingElseAndKeepsWhatCameBefore) {
  const Endpoint end = free_endpoint();
  RecordListener listener({&end, 1});
  Client client(end, std::string(three) + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(all_of(listener).size(), 3U);
  EXPECT_EQ(listener.counts().foreign, 1U);
  EXPECT_THAT(
      listener.complaints(),
      ElementsAre(
          "1 connection closed: what came is not in the published format (4 bytes: kind, I or O, size)"));
}

TEST(RecordListener, CountsRecordsThatAreCutAndThoseThatNoPacketCanBe) {
  const Endpoint end = free_endpoint();
  RecordListener listener({&end, 1});
  Client(end, std::string_view("UO\xF8\xFF"
                               "UO\xF7\xFF"
                               "UO\x01",
                               11))
      .close();
  const Arrivals arrivals = all_of(listener);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].packet.size, 65'527U);
  EXPECT_THAT(listener.complaints(),
              ElementsAre("1 connection ended within a record, whose first bytes do not count",
                          "1 record left out: larger than any packet (65527 bytes)"));
}

TEST(RecordListener, RefusesConnectionsBeyond256AndServesTheOthers) {
  const Endpoint end = free_endpoint();
  RecordListener listener({&end, 1});
  Arrivals arrivals;
  std::vector<Client> clients;
  for (int i = 0; i < 300; ++i) {
    clients.emplace_back(end, three.substr(0, 4));
    listener.receive(0, 1'000'000, arrivals);
  }
  for (int turn = 0; turn < 1'000 && arrivals.size() < 256; ++turn)
    listener.receive(traffic::second / 100, 1'000'000, arrivals);
  EXPECT_EQ(arrivals.size(), 256U);
  EXPECT_EQ(listener.counts().connections, 256U);
  EXPECT_EQ(listener.counts().refused, 44U);
  for (Client& client : clients) client.close();
  all_of(listener);
  EXPECT_THAT(listener.complaints(), testing::Contains("44 connections refused: more than 256 at once"));
}

TEST(RecordListener, SaysWhoNeverConnected) {
  const Endpoint ends[] = {free_endpoint(), free_endpoint()};
  const RecordListener listener(ends);
  EXPECT_FALSE(listener.all_ended());
  EXPECT_THAT(listener.complaints(),
              ElementsAre("nobody connected to " + ends[0].text(), "nobody connected to " + ends[1].text()));
}

TEST(RecordListener, SaysWhereItCannotListen) {
  const Endpoint end = free_endpoint();
  const RecordListener first({&end, 1});
  try {
    const RecordListener second({&end, 1});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot listen at " + end.text() +
                  ": Address already in use; give an address of this machine with a port that is free");
  }
}

DevicePacket sized(std::uint32_t size) {
  DevicePacket made;
  made.size = size;
  return made;
}

/// Listens and reads nothing.
Socket deaf(const Endpoint& end) {
  Socket socket = open_socket(end, SOCK_STREAM);
  const int room = 4096;
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  EXPECT_EQ(bind_socket(socket, end), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  return socket;
}

TEST(RecordOutlet, BoundsWhatWaitsForASlowReaderAndCountsTheRest) {
  const Endpoint end = free_endpoint();
  const Socket listening = deaf(end);
  const auto outlet = record_outlet(end, std::nullopt, traffic::second, [] {});
  std::uint64_t given = 0;
  for (; given < 20'000'000 && outlet->sent().lost < 1'000; ++given) outlet->send(sized(1));
  EXPECT_EQ(outlet->sent().lost, 1'000U);
  EXPECT_EQ(outlet->sent().packets, given - 1'000);
  EXPECT_EQ(outlet->sent().why,
            end.text() + " reads too slowly: 64 KiB of records wait, and further ones are dropped");
  EXPECT_FALSE(outlet->flush());
}

TEST(RecordOutlet, CountsWhatAClosedConnectionDoesNotTake) {
  const Endpoint end = free_endpoint();
  Socket listening = deaf(end);
  const auto outlet = record_outlet(end, std::nullopt, traffic::second, [] {});
  listening = Socket();  // resets what it had not accepted
  for (int i = 0; i < 1'000; ++i) outlet->send(sized(1));
  EXPECT_EQ(outlet->sent().packets + outlet->sent().lost, 1'000U);
  EXPECT_GE(outlet->sent().lost, 998U);
  EXPECT_THAT(outlet->sent().why, testing::StartsWith(end.text() + " ended the connection: "));
  EXPECT_TRUE(outlet->flush());
}

TEST(RecordOutlet, SaysThatNobodyListens) {
  const Endpoint end = free_endpoint();
  try {
    record_outlet(end, std::nullopt, 0, [] {});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              end.text() +
                  " takes no records: Connection refused; start who is to listen there, "
                  "for example a pipeline with relay_writer");
  }
}

TEST(RecordOutlet, LeavesOutWhatNoPacketCanBe) {
  const Endpoint end = free_endpoint();
  RecordListener listener({&end, 1});
  auto outlet = record_outlet(end, std::nullopt, traffic::second, [] {});
  outlet->send(sized(65'528));
  outlet->send(sized(65'527));
  EXPECT_EQ(outlet->sent().too_large, 1U);
  outlet.reset();
  const Arrivals arrivals = all_of(listener);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].packet.size, 65'527U);
}

}  // namespace
}  // namespace ipet::records
