#include "stages/records/record.hpp"

namespace ipet::records {

using traffic::DevicePacket;
using traffic::Direction;

namespace {

char kind_of(const DevicePacket& packet) {
  return packet.dummy ? 'C' : 'U';
}
char letter_of(Direction direction) {
  return direction == Direction::in ? 'I' : 'O';
}

}  // namespace

RecordBytes record_of(const DevicePacket& packet) {
  return {static_cast<unsigned char>(kind_of(packet)),
          static_cast<unsigned char>(letter_of(packet.direction)),
          static_cast<unsigned char>(packet.size & 0xFF), static_cast<unsigned char>(packet.size >> 8)};
}

std::optional<DevicePacket> packet_of(const RecordBytes& record, traffic::Nanoseconds time) {
  if (record[1] != 'I' && record[1] != 'O') return std::nullopt;
  DevicePacket packet;
  packet.time = time;
  packet.size = record[2] | static_cast<std::uint32_t>(record[3]) << 8;
  packet.direction = record[1] == 'I' ? Direction::in : Direction::out;
  packet.dummy = record[0] == 'C';
  return packet;
}

std::string log_line(const DevicePacket& packet) {
  return std::string{kind_of(packet), ',', letter_of(packet.direction), ','} + std::to_string(packet.size) +
         "," + std::to_string(packet.time / 1'000'000) + "\n";
}

}  // namespace ipet::records
