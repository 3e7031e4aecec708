// From root to a user who may see packets and send on interfaces, and nothing else of root.
#pragma once

#include <string>
#include <vector>

namespace ipet::gateway {

/// Whether the process runs as root.
[[nodiscard]] bool is_root();

/// Root becomes this user, with the user's groups, keeps CAP_NET_RAW and CAP_NET_ADMIN as far as there are
/// such, can gain no others (no_new_privs), and begins anew: `command` takes the place of this process under
/// its number, because Linux keeps capabilities by thread. `command[0]` is the program's path. Where the
/// process is that user already, or `user` is "", nothing happens. Throws std::runtime_error, one line, for a
/// user that does not exist, where another user than root is to become somebody else, and for a command that
/// the user cannot start: then the process has become the user, and should end.
void begin_anew_as(const std::string& user, const std::vector<std::string>& command);

/// What this process was started with, with the path of its program in place of the name.
[[nodiscard]] std::vector<std::string> own_command();

}  // namespace ipet::gateway
