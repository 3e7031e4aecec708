#include "pipeline/toml/document.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pipeline/text/error_text.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::toml_text {
namespace {

/// A dotted key in one line of text, with the place of its last part. Columns and lengths are characters.
struct KeyInLine {
  std::string text;
  std::uint32_t column = 0, length = 0;
};

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(text::characters(text));
}

std::size_t blanks_before(const std::string& line, std::size_t end) {
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  return end;
}

std::size_t quoted_before(const std::string& line, std::size_t end) {
  const char quote = line[end - 1];
  for (std::size_t begin = end - 1; begin-- > 0;) {
    if (line[begin] != quote) continue;
    std::size_t slashes = 0;
    while (quote == '"' && slashes < begin && line[begin - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return begin;
  }
  return end;
}

/// Where the part of a key that ends at `end` begins; `end` when there is none.
std::size_t part_before(const std::string& line, std::size_t end) {
  if (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'')) return quoted_before(line, end);
  const auto bare = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || c == '-' || byte >= 0x80;
  };
  while (end > 0 && bare(line[end - 1])) --end;
  return end;
}

std::optional<KeyInLine> key_before(const std::string& line, std::size_t end) {
  end = blanks_before(line, end);
  const std::size_t last = part_before(line, end);
  if (last == end) return std::nullopt;
  std::size_t begin = last;
  for (;;) {
    const std::size_t dot = blanks_before(line, begin);
    if (dot == 0 || line[dot - 1] != '.') break;
    const std::size_t part_end = blanks_before(line, dot - 1);
    const std::size_t part = part_before(line, part_end);
    if (part == part_end) break;
    begin = part;
  }
  const std::string_view view(line);
  return KeyInLine{line.substr(begin, end - begin), characters(view.substr(0, last)) + 1,
                   characters(view.substr(last, end - last))};
}

/// The key of the `key = value` or table header at which toml++ stopped, at `column` of `line`. Nothing when
/// there is none.
std::optional<KeyInLine> key_at(const std::string& line, std::uint32_t column) {
  std::size_t end = blanks_before(line, text::byte_of(line, column - 1));
  if (end > 0 && line[end - 1] == '=') --end;
  if (const auto key = key_before(line, end)) {
    const std::size_t next = line.find_first_not_of(" \t", end);
    if (next != std::string::npos && line[next] == '=') return key;
  }
  // A header: its key ends before the first ']' that is not part of a name.
  std::size_t close = line.find('[');
  while (close < line.size() && line[close] != ']') {
    const bool quoted = line[close] == '"' || line[close] == '\'';
    close = quoted ? after_string(line, close) : close + 1;
  }
  return close < line.size() ? key_before(line, close) : std::nullopt;
}

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      // Without waiting: a pipe that nobody writes to opens at once, and is refused then.
      : number_(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void cannot_read(const std::string& reason, const std::string& hint = {}) {
  throw Refused({"cannot-read", {}, "cannot be read: " + reason, hint});
}

void check_regular(const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) cannot_read(std::strerror(errno));
  if (S_ISREG(status.st_mode)) return;
  if (S_ISDIR(status.st_mode)) cannot_read("it is a folder");
  if (S_ISFIFO(status.st_mode))
    cannot_read("it is a pipe", "it may be read several times: save what comes through it in a file first");
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) cannot_read("it is a device, not a file");
  cannot_read("it is no regular file");
}

std::string size_text(std::size_t bytes) {
  return bytes % (std::size_t{1} << 20U) == 0 ? std::to_string(bytes >> 20U) + " MiB"
                                              : std::to_string(bytes) + " bytes";
}

std::string read_all(const Descriptor& in, std::size_t most) {
  std::string text;
  for (;;) {
    const std::size_t have = text.size(), step = std::min<std::size_t>(most + 1 - have, 1U << 18U);
    text.resize(have + step);
    const ssize_t got = ::read(in.number(), text.data() + have, step);
    const int error = errno;
    text.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error == EINTR) continue;
    if (got < 0) cannot_read(std::strerror(error));
    if (got == 0) return text;
    if (text.size() > most)
      throw Refused(
          {"too-large", {}, "is larger than " + size_text(most) + ", as no file of this kind is", {}});
  }
}

[[noreturn]] void refuse_text(std::string_view text, std::size_t at, const std::string& message,
                              const std::string& hint) {
  throw Refused({"not-text", place_in(text, at), message, hint});
}

bool is_utf16(std::string_view text) {
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

/// C0 without what texts have: tabs, ends of lines and of pages, and the escape of terminals.
bool is_in_no_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && !(byte >= '\t' && byte <= '\r') && byte != 0x1b;
}

void check_text(std::string_view text) {
  const std::size_t nul = text.find('\0'), invalid = text::first_invalid(text);
  if (nul != std::string_view::npos && nul < invalid)
    refuse_text(text, nul, "a NUL character: this is no text file", {});
  if (invalid == std::string_view::npos) return;
  if (is_utf16(text)) refuse_text(text, 0, "UTF-16; TOML is UTF-8", "iconv -f utf-16 -t utf-8 converts it");
  if (std::any_of(text.begin(), text.end(), is_in_no_text))
    refuse_text(text, invalid, "a byte that is no UTF-8, and control characters: this is no text file", {});
  refuse_text(text, invalid, "a byte that is no UTF-8, as TOML must be",
              "if the file is Latin-1, iconv -f latin1 -t utf-8 converts it");
}

/// toml++ notices a second definition only behind the key, and quotes quoted keys once more. Reads the key in
/// the text instead.
std::optional<Issue> duplicate_key(std::string_view text, Where where) {
  const auto key = key_at(text::line_of(text, where.line).value_or(""), where.column);
  if (!key) return std::nullopt;
  where.column = key->column;
  where.length = key->length;
  return Issue{"duplicate-key", where, "'" + key->text + "' is defined twice",
               "it already has a value above"};
}

Issue issue_of(const toml::parse_error& error, std::string_view text) {
  const Where where = where_of(error.source());
  const std::string description(error.description());
  if (description.find("cannot redefine") != std::string::npos &&
      description.find('\'') != std::string::npos) {
    if (auto issue = duplicate_key(text, where)) return *std::move(issue);
  }
  return {"invalid-toml", where, description, {}};
}

}  // namespace

std::string read_text(const std::filesystem::path& file, std::size_t most) {
  if (file.native().find('\0') != std::string::npos) cannot_read("a path cannot hold a NUL");
  const Descriptor in(file);
  if (in.number() < 0) {
    // A socket cannot be opened, a device without a driver neither.
    cannot_read(errno == ENXIO ? "it is no regular file" : std::strerror(errno));
  }
  check_regular(in);
  return read_all(in, most);
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> unnamed_pipe(const std::filesystem::path& file) {
  struct stat status {};
  struct statfs system {};
  const bool unnamed = file.native().find('\0') == std::string::npos && ::stat(file.c_str(), &status) == 0 &&
                       S_ISFIFO(status.st_mode) && ::statfs(file.c_str(), &system) == 0 &&
                       system.f_type == PIPEFS_MAGIC;
  if (!unnamed) return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>(status.st_dev, status.st_ino);
}

namespace {

/// Whether this process holds the other end of a pipe, by any of its descriptors.
bool is_open_for_writing(const std::filesystem::path& pipe) {
  struct stat meant {};
  if (::stat(pipe.c_str(), &meant) != 0) return false;
  std::error_code error;
  for (std::filesystem::directory_iterator i("/proc/self/fd", error), end; !error && i != end;
       i.increment(error)) {
    struct stat status {};
    const int number = std::atoi(i->path().filename().c_str());
    if (::fstat(number, &status) == 0 && status.st_dev == meant.st_dev && status.st_ino == meant.st_ino &&
        (::fcntl(number, F_GETFL) & O_ACCMODE) != O_RDONLY)
      return true;
  }
  return false;
}

}  // namespace

std::string read_unnamed_pipe(const std::filesystem::path& file, std::size_t most) {
  const Descriptor in(file);
  // Whoever writes has it open already, so that its end comes; but not where that is this process: then it is
  // given as a way out, as with /dev/stdout.
  if (in.number() >= 0 && is_open_for_writing(file)) cannot_read("it is open for writing");
  if (in.number() < 0 || ::fcntl(in.number(), F_SETFL, O_RDONLY) != 0) cannot_read(std::strerror(errno));
  return read_all(in, most);
}

toml::table parse(std::string_view text) {
  check_text(text);
  if (const auto deep = too_deep(text))
    throw Refused(
        {"too-deep", *deep, "keys and values more than " + std::to_string(deepest) + " levels deep", {}});
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Refused(issue_of(error, text));
  }
}

toml::table parse_value(std::string_view text) {
  const std::string line = "value = " + std::string(text);
  const std::size_t end = line.find('\n');
  if (end != std::string::npos)
    throw Refused({"invalid-toml", place_in(line, end), "a value on one line is wanted", {}});
  return parse(line);
}

Where where_of(const toml::source_region& region) {
  Where where{region.begin.line, region.begin.column, 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column)
    where.length = region.end.column - region.begin.column;
  return where;
}

std::string text_of(std::vector<Issue> issues, std::string_view shown, std::string_view text) {
  std::stable_sort(issues.begin(), issues.end(), [](const Issue& a, const Issue& b) {
    return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
  });
  std::string out;
  for (std::size_t i = 0; i < std::min(issues.size(), text::most_shown); ++i) {
    const Issue& issue = issues[i];
    text::ErrorText error{std::string(shown), "error", issue.code, issue.message, issue.hint, {}, 0, 1, 1};
    if (issue.where.line != 0) {
      error.place += ":" + std::to_string(issue.where.line) + ":" + std::to_string(issue.where.column);
      error.line = text::line_of(text, issue.where.line);
      error.number = issue.where.line;
      error.column = issue.where.column;
      error.length = issue.where.length;
    }
    out += text::error_text(error);
  }
  out += text::more_text(issues.size(), "error");
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

Document read_document(const std::filesystem::path& file, std::size_t most) {
  Document out{file.string(), {}, {}};
  try {
    out.text = read_text(file, most);
    out.root = parse(out.text);
  } catch (const Refused& refused) {
    throw std::runtime_error(text_of({refused.issue()}, out.shown, out.text));
  }
  return out;
}

}  // namespace ipet::toml_text
