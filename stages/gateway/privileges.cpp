#include "stages/gateway/privileges.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pipeline/text/printable.hpp"

namespace ipet::gateway {

namespace {

constexpr unsigned long kept_capabilities[] = {CAP_NET_RAW, CAP_NET_ADMIN};

std::runtime_error user_error(const std::string& why, const std::string& user, const std::string& next_step) {
  return std::runtime_error("user: " + why + " '" + text::shown(user) + "'; " + next_step);
}

void check(long result, const char* action) {
  if (result != 0)
    throw std::runtime_error(std::string("user: cannot give up root: ") + action + ": " +
                             std::generic_category().message(errno) +
                             "; leave the option out, or start it by its systemd unit");
}

bool is_kept(unsigned long capability) {
  return capability == kept_capabilities[0] || capability == kept_capabilities[1];
}

/// What programs can ever gain.
void limit_bounds() {
  for (unsigned long capability = 0; capability < 64; ++capability)
    if (!is_kept(capability) && ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      if (errno == EINVAL) return;  // the kernel knows no more
      check(-1, "capability bounding set");
    }
}

/// Keeps them through exec, as ambient ones.
void limit_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  check(::syscall(SYS_capget, &header, data.data()), "capget");
  std::uint32_t word = 0;
  for (const unsigned long capability : kept_capabilities) word |= std::uint32_t{1} << capability;
  word &= data[0].permitted;
  data = {};
  data[0] = {word, word, word};
  check(::syscall(SYS_capset, &header, data.data()), "capset");
  for (const unsigned long capability : kept_capabilities)
    if ((word >> capability & 1) != 0)
      check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient capabilities");
}

void become(const passwd& user) {
  limit_bounds();
  check(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities");
  check(::initgroups(user.pw_name, user.pw_gid), "groups of the user");
  check(::setresgid(user.pw_gid, user.pw_gid, user.pw_gid), "group of the user");
  check(::setresuid(user.pw_uid, user.pw_uid, user.pw_uid), "user");
  limit_capabilities();
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

}  // namespace

bool is_root() {
  return ::geteuid() == 0;
}

void begin_anew_as(const std::string& user, const std::vector<std::string>& command) {
  if (user.empty()) return;
  const passwd* const found = ::getpwnam(user.c_str());
  if (found == nullptr)
    throw user_error("there is no", user, "make one (useradd --system NAME), or name another");
  if (found->pw_uid == ::geteuid()) return;
  if (!is_root()) throw user_error("only root can become", user, "start it as root, or leave the option out");
  become(*found);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  throw user_error(
      "cannot start " + text::shown(command.at(0)) + " (" + std::generic_category().message(errno) + ") as",
      user, "let that user read it, or name another");
}

std::vector<std::string> own_command() {
  std::vector<std::string> words;
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  char path[4096];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (words.empty()) words.emplace_back();
  if (size > 0) words[0].assign(path, static_cast<std::size_t>(size));
  return words;
}

}  // namespace ipet::gateway
