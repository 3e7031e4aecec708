// As much of HTTP/1.1 (RFC 9112) as it takes to answer who asks for the counters.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ipet::gateway {

/// Bytes of a request up to the end of its header.
inline constexpr std::size_t longest_request = 8192;

struct HttpVerdict {
  int status = 200;        ///< 200, 400, 404, 405 or 431
  bool head_only = false;  ///< the answer has no content
};

/// What is answered to the bytes that have come so far, whatever they are; nothing while more may come. What
/// follows the header is not looked at. 200: GET or HEAD of /metrics, perhaps with a query.
std::optional<HttpVerdict> http_verdict(std::string_view received);

/// "Bad Request"
std::string_view reason_phrase(int status);

}  // namespace ipet::gateway
