// A modelled smart home: devices whose processes exchange packets. Read from a TOML file; every key is
// described in datasets/synthetic-home/README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stages/traffic/table_reader.hpp"

namespace ipet::synthesis {

/// A number drawn uniformly from low .. high each time.
using traffic::Range;

inline constexpr double never = 1e6;              ///< hours
inline constexpr double largest_message = 16000;  ///< bytes: one TLS record

/// Multiplies a rate by the hour of the day, UTC.
using Profile = std::array<double, 24>;

/// Something that happens in the home and that several devices answer ("someone comes home"): a Poisson
/// process.
struct HomeEvent {
  std::string name;
  double per_hour = 0;
  Profile profile{};
};

/// What starts an exchange.
struct Trigger {
  enum class Kind { period, poisson, event };
  Kind kind = Kind::period;
  double every_seconds = 0, jitter_seconds = 0;  ///< period: each beat early or late by up to the jitter
  bool keeps_time = false;                       ///< period: beats go on from one recording to the next
  double per_hour = 0;                           ///< poisson
  Profile profile{};
  std::size_t event = 0;  ///< event: index into Home::events
  double chance = 1;
  Range delay_seconds;
};

/// What travels. tcp and udp play the steps; the others are one fixed exchange each.
enum class Transport { tcp, udp, dns, ntp, mdns, ssdp, arp, ping, neighbour };

/// One application message of an exchange, sent `times` times.
struct Step {
  bool out = true;         ///< from the device
  Range size;              ///< payload bytes of the message
  Range times{1, 1};       ///< how often the message is sent
  Range after_ms{10, 40};  ///< since what was sent before it
};

/// The other end: a server beyond the gateway, or another device of the home.
struct Server {
  std::string host;  ///< looked up before a connection; "" for none
  std::string ip;    ///< IPv4 or IPv6
  std::string device;
  std::uint16_t port = 0;
  double rtt_ms = 25;
};

struct Process {
  std::string name;
  Trigger trigger;
  Transport transport = Transport::tcp;
  bool kept = false;  ///< one connection for the whole recording instead of one per exchange
  Server server;
  std::vector<Step> steps;
  Range hours{0, never};  ///< in which it exists, since the begin of the first recording
};

/// A firmware update.
struct Update {
  double after_hours = 0;  ///< since the begin of the first recording
  double grows = 0;        ///< every message by so many bytes
};

struct Product {
  std::string name;
  std::vector<Process> processes;
  std::vector<Update> updates;

  /// Bytes by which messages have grown, so many hours after the begin of the first recording.
  [[nodiscard]] double grown(double hours) const {
    double bytes = 0;
    for (const Update& update : updates)
      if (hours >= update.after_hours) bytes += update.grows;
    return bytes;
  }
};

struct Device {
  std::string name, description, mac, ip, ipv6;  ///< ipv6 may be empty
  std::string resolver;                          ///< address of its name server
  std::size_t product = 0;
  bool protect = true;
  double drift_ppm = 0;  ///< so much longer are its seconds
  /// When it is there, ascending, in hours since the begin of the first recording: it is switched on at each
  /// begin.
  std::vector<Range> present{{0, never}};
};

struct Home {
  std::vector<std::string> local_networks;
  std::string gateway_mac, gateway_ip, gateway_ipv6;
  std::vector<HomeEvent> events;
  std::vector<Product> products;
  std::vector<Device> devices;
};

/// Throws std::runtime_error "file:line:column: error[home-file]: what is wrong" with the quoted line, for
/// the first thing that is wrong.
Home read_home(const std::filesystem::path& file);

/// The text of a devices.toml (stages/traffic/README.md "Devices files") that names the home's devices by
/// MAC.
std::string devices_toml(const Home& home);

}  // namespace ipet::synthesis
