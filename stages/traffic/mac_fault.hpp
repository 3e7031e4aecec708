// What is wrong with a text that MacAddress::parse does not take.
#pragma once

#include <string>
#include <string_view>

namespace ipet::traffic {

/// "'f4:b8:5e' is not a MAC address (f4:b8:5e:ff:2b:1b): it has 6 hexadecimal digits, not 12".
std::string mac_fault(std::string_view text);

}  // namespace ipet::traffic
