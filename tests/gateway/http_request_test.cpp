// What is answered to requests, by their bytes (RFC 9112, RFC 9110).
#include "stages/gateway/http_request.hpp"

#include <gtest/gtest.h>

namespace ipet::gateway {
namespace {

const std::string good = "GET /metrics HTTP/1.1\r\nHost: localhost:9477\r\nAccept: text/plain\r\n\r\n";

int status_code_of(const std::string& request) {
  const auto verdict = http_verdict(request);
  return verdict ? verdict->status : 0;
}

TEST(HttpRequests, ForTheCountersAreAnswered) {
  EXPECT_EQ(status_code_of(good), 200);
  EXPECT_EQ(status_code_of("GET /metrics?a=b HTTP/1.0\r\n\r\n"), 200);
  EXPECT_FALSE(http_verdict(good)->head_only);
  const auto head = http_verdict("HEAD /metrics HTTP/1.1\r\nhOsT: x\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_TRUE(head->head_only);
}

TEST(HttpRequests, AreWaitedForUntilTheirHeaderEnds) {
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(status_code_of(good.substr(0, size)), 0) << size << " bytes";
  EXPECT_EQ(status_code_of(good + "anything\x01"), 200);
}

TEST(HttpRequests, ThatAreNoneAreBad) {
  const std::string host = "Host: a\r\n";
  for (const std::string& request :
       {std::string("\x16\x03\x01\x02"), std::string("\0", 1), std::string("GET\n"), std::string("\r\n\r\n"),
        std::string("GET /metrics\r\n"), std::string("GET  /metrics HTTP/1.1\r\n"),
        std::string("GET /metrics HTTP/2.0\r\n"), std::string("GET /metrics HTTP/1.1 \r\n"),
        std::string("G(T /metrics HTTP/1.1\r\n"), std::string("GET /metri\xe9s HTTP/1.1\r\n"),
        "GET /metrics HTTP/1.1\r\n" + host + "no field\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + host + " folded: a\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + host + "a b: c\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + host + ": c\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + host + "a: b\rc\r\n",
        "GET /metrics HTTP/1.1\r\n" + host + "a: b\r\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + host + host + "\r\n", std::string("GET /metrics HTTP/1.1\r\n\r\n")})
    EXPECT_EQ(status_code_of(request), 400) << testing::PrintToString(request);
}

TEST(HttpRequests, ForOtherThingsAreRefused) {
  EXPECT_EQ(status_code_of("GET / HTTP/1.0\r\n\r\n"), 404);
  EXPECT_EQ(status_code_of("GET /metrics/../etc HTTP/1.0\r\n\r\n"), 404);
  EXPECT_EQ(status_code_of("POST /metrics HTTP/1.0\r\n\r\n"), 405);
}

TEST(HttpRequests, HaveABound) {
  const std::string begin = "GET /metrics HTTP/1.0\r\nx: ";
  const auto of_size = [&](std::size_t size) {
    return begin + std::string(size - begin.size(), 'y') + "\r\n\r\n";
  };
  EXPECT_EQ(status_code_of(of_size(longest_request)), 200);
  EXPECT_EQ(status_code_of(of_size(longest_request + 1)), 431);
  EXPECT_EQ(status_code_of(std::string(longest_request + 3, 'G')), 0);
  EXPECT_EQ(status_code_of(std::string(longest_request + 4, 'G')), 431);
}

}  // namespace
}  // namespace ipet::gateway
