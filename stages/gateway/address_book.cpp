#include "stages/gateway/address_book.hpp"

#include <array>
#include <cstring>

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "stages/gateway/descriptor.hpp"

namespace ipet::gateway {

using traffic::IpAddress;
using traffic::MacAddress;

AddressBook::AddressBook(std::span<const traffic::Device> devices, std::size_t lines) : lines_(lines) {
  for (std::size_t line = 0; line < devices.size() && lines > 1; ++line) {
    for (const IpAddress& address : devices[line].addresses) given_[address] = line;
    for (const MacAddress& mac : devices[line].macs) macs_[mac] = line;
  }
}

std::optional<std::size_t> AddressBook::line_of(const IpAddress& address) const {
  if (lines_ == 1) return 0;
  if (const auto found = given_.find(address); found != given_.end()) return found->second;
  if (const auto found = learned_.find(address); found != learned_.end()) return found->second;
  return std::nullopt;
}

void AddressBook::learn(const IpAddress& address, std::size_t line) {
  if (lines_ == 1 || given_.contains(address)) return;
  const auto [entry, fresh] = learned_.insert_or_assign(address, line);
  if (!fresh) return;
  order_.push_back(address);
  if (order_.size() <= most_learned) return;
  learned_.erase(order_.front());
  order_.pop_front();
}

void AddressBook::learn(const IpAddress& address, const MacAddress& mac) {
  if (const auto device = macs_.find(mac); device != macs_.end()) learn(address, device->second);
}

namespace {

void add_neighbour(const nlmsghdr& message, std::vector<std::pair<IpAddress, MacAddress>>& out) {
  const auto* entry = static_cast<const ndmsg*>(NLMSG_DATA(&message));
  IpAddress address;
  MacAddress mac;
  bool has_address = false, has_mac = false;
  auto left = static_cast<int>(NLMSG_PAYLOAD(&message, sizeof(ndmsg)));
  const auto* attribute = reinterpret_cast<const rtattr*>(reinterpret_cast<const std::uint8_t*>(entry) +
                                                          NLMSG_ALIGN(sizeof(ndmsg)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    const auto* data = static_cast<const std::uint8_t*>(RTA_DATA(attribute));
    const std::size_t size = RTA_PAYLOAD(attribute);
    if (attribute->rta_type == NDA_DST && (size == 4 || size == 16)) {
      address = size == 4 ? IpAddress::v4(data) : IpAddress::v6(data);
      has_address = true;
    }
    if (attribute->rta_type == NDA_LLADDR && size == mac.bytes.size()) {
      std::memcpy(mac.bytes.data(), data, size);
      has_mac = true;
    }
  }
  if (has_address && has_mac && (entry->ndm_state & (NUD_FAILED | NUD_INCOMPLETE)) == 0)
    out.emplace_back(address, mac);
}

}  // namespace

std::vector<std::pair<IpAddress, MacAddress>> neighbours() {
  std::vector<std::pair<IpAddress, MacAddress>> out;
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  struct {
    nlmsghdr header{};
    ndmsg body{};
  } request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETNEIGH;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.ndm_family = AF_UNSPEC;
  if (::send(socket.get(), &request, sizeof request, 0) < 0) return out;
  alignas(nlmsghdr) std::array<std::uint8_t, 65'536> bytes;
  for (;;) {
    auto left = static_cast<int>(::recv(socket.get(), bytes.data(), bytes.size(), 0));
    if (left <= 0) return out;
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) return out;
      if (message->nlmsg_type == RTM_NEWNEIGH) add_neighbour(*message, out);
    }
  }
}

}  // namespace ipet::gateway
