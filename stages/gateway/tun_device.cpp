#include "stages/gateway/tun_device.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ipet::gateway {

namespace {

/// What to do about what the system said when the device was asked for.
std::string next_step(const std::string& name) {
  if (errno == EBUSY) return "; is another gateway or relay at work?";
  if (errno == EINVAL)
    return "; there is an interface of that name that is no TUN device: name another (option 'tun')";
  return "; it takes CAP_NET_ADMIN, or a device that is the user's (ip tuntap add dev " + name +
         " mode tun user USER)";
}

}  // namespace

TunDevice::TunDevice(const std::string& name, std::uint32_t mtu)
    : device_(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
  const auto fail = [&](const std::string& what, const std::string& hint) {
    throw std::runtime_error("the TUN device '" + name + "' " + what + ": " + std::strerror(errno) + hint);
  };
  if (device_.get() < 0)
    fail("cannot be had, /dev/net/tun does not open", errno == EACCES || errno == EPERM
                                                          ? "; the user may not: chmod 0666 /dev/net/tun"
                                                          : "; modprobe tun");
  ifreq request{};
  if (name.empty() || name.size() >= sizeof request.ifr_name)
    throw std::runtime_error("'" + name + "' cannot be the name of a TUN device: 1 to 15 letters");
  name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(device_.get(), TUNSETIFF, &request) != 0) fail("cannot be had", next_step(name));
  const Descriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  request.ifr_mtu = static_cast<int>(mtu);
  ifreq now = request;
  if (::ioctl(control.get(), SIOCSIFMTU, &request) != 0 &&
      (::ioctl(control.get(), SIOCGIFMTU, &now) != 0 || now.ifr_mtu > static_cast<int>(mtu)))
    fail("cannot have an MTU of " + std::to_string(mtu),
         "; set it before: ip link set " + name + " mtu " + std::to_string(mtu));
  if (::ioctl(control.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) == 0) {
    request.ifr_flags |= IFF_UP;
    if (::ioctl(control.get(), SIOCSIFFLAGS, &request) != 0)
      fail("cannot be brought up", "; bring it up before: ip link set " + name + " up");
  }
}

std::span<const std::uint8_t> TunDevice::read(std::span<std::uint8_t> room) {
  const ssize_t size = ::read(device_.get(), room.data(), room.size());
  return size > 0 ? room.first(static_cast<std::size_t>(size)) : std::span<std::uint8_t>();
}

bool TunDevice::write(std::span<const std::uint8_t> packet) {
  return ::write(device_.get(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

}  // namespace ipet::gateway
