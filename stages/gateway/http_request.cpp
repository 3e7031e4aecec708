#include "stages/gateway/http_request.hpp"

#include <algorithm>
#include <cstring>

namespace ipet::gateway {

namespace {

constexpr std::string_view line_end = "\r\n";

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  });
}

bool is_host(std::string_view name) {
  constexpr std::string_view host = "host";
  return std::ranges::equal(name, host, [](char a, char b) { return (a | 0x20) == b; });
}

bool is_shown(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

HttpVerdict verdict_on(std::string_view line) {
  const std::size_t first = line.find(' '), second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return {400};
  const std::string_view method = line.substr(0, first), version = line.substr(second + 1);
  std::string_view target = line.substr(first + 1, second - first - 1);
  if (!is_token(method) || target.empty() || !is_shown(target)) return {400};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return {400};
  if (method != "GET" && method != "HEAD") return {405};
  target = target.substr(0, target.find('?'));
  return {target == "/metrics" ? 200 : 404, method == "HEAD"};
}

/// Control characters that are no part of a line's end; more of a header that is not whole may come.
bool has_control(std::string_view header, bool whole) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    const char c = header[i];
    const bool next = i + 1 < header.size() ? header[i + 1] == '\n' : !whole;
    if (c == '\r'   ? !next
        : c == '\n' ? i == 0 || header[i - 1] != '\r'
                    : (c >= 0 && c < ' ' && c != '\t') || c == 0x7f)
      return true;
  }
  return false;
}

/// Whether these lines are fields; counts those that name the host.
bool are_fields(std::string_view lines, std::size_t& hosts) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find(line_end));
    lines.remove_prefix(std::min(lines.size(), line.size() + line_end.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    if (is_host(line.substr(0, colon))) ++hosts;
  }
  return true;
}

}  // namespace

std::optional<HttpVerdict> http_verdict(std::string_view received) {
  const std::size_t end = received.find("\r\n\r\n");
  const bool whole = end <= longest_request;
  const std::string_view header = received.substr(0, std::min(end, longest_request));
  if (has_control(header, whole)) return HttpVerdict{400};
  const std::size_t line = header.find(line_end);
  HttpVerdict verdict;
  if (whole || line != std::string_view::npos) verdict = verdict_on(header.substr(0, line));
  if (verdict.status == 400) return verdict;
  if (!whole) return received.size() >= longest_request + 4 ? std::optional(HttpVerdict{431}) : std::nullopt;
  const std::string_view first = header.substr(0, line);
  std::size_t hosts = 0;
  if (!are_fields(header.substr(std::min(header.size(), first.size() + line_end.size())), hosts))
    return HttpVerdict{400};
  if (hosts > 1 || (hosts == 0 && first.ends_with("1.1"))) return HttpVerdict{400};
  return verdict;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Internal Server Error";
  }
}

}  // namespace ipet::gateway
