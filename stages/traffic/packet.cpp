#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

std::string device_key(std::uint32_t capture, std::string_view device) {
  std::string number = std::to_string(capture);
  if (number.size() < 6) number.insert(0, 6 - number.size(), '0');
  return number + "/" + std::string(device);
}

std::string capture_of_key(const std::string& device_key) {
  return device_key.substr(0, device_key.find('/'));
}

}  // namespace ipet::traffic
