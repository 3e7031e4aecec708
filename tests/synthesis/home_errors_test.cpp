// Every error of a home file names its place.
#include <gtest/gtest.h>

#include "tests/synthesis/fixtures.hpp"

namespace ipet::synthesis::test {
namespace {

const std::string home_table =
    "[home]\nlocal_networks = [\"192.168.1.0/24\"]\ngateway_mac = \"02:00:00:00:00:01\"\n"
    "gateway_ip = \"192.168.1.1\"\ngateway_ipv6 = \"2001:db8:1::1\"\n";  // lines 1 to 5
const std::string process = "[[product.process]]\nname = \"beat\"\nevery_seconds = 10\n";
const std::string server = "server = { ip = \"203.0.113.1\", port = 443 }\n";
const std::string device =
    "[[device]]\nname = \"lamp\"\nmac = \"02:00:00:00:00:02\"\nip = \"192.168.1.2\"\nproduct = \"bulb\"\n";
const std::string product = "[[product]]\nname = \"bulb\"\n";

/// What read_home says of the text, without the quoted line if not `full`; "FILE" stands for the file's path.
std::string error_of(const std::string& text, bool full = false) {
  const Folder folder;
  const auto file = folder.path / "home.toml";
  std::ofstream(file) << text;
  try {
    read_home(file);
  } catch (const std::runtime_error& error) {
    std::string message = error.what();
    const std::size_t at = message.find(file.string());
    if (at == std::string::npos) return message;
    return full ? message.replace(at, file.string().size(), "FILE")
                : message.replace(at, file.string().size(), "FILE").substr(0, message.find('\n'));
  }
  return "no error";
}

TEST(HomeFile, is_read_when_nothing_is_wrong) {
  EXPECT_EQ(error_of(home_table + product + process + server + "steps = [{ out = 100 }]\n" + device),
            "no error");
}

TEST(HomeFile, errors_name_a_missing_file) {
  const Folder folder;
  try {
    read_home(folder.path / "none.toml");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).find((folder.path / "none.toml").string()), 0U) << error.what();
  }
}

TEST(HomeFile, errors_name_the_place_of_wrong_toml) {
  EXPECT_EQ(error_of("[home]\nlocal_networks = \n").substr(0, 32), "FILE:2:18: error[invalid-toml]: ");
}

// Found by fuzzing: the devices file that is made of a home was one that nobody could read.
TEST(HomeFile, errors_name_a_local_network_that_is_none) {
  std::string text = home_table + product + device;
  text.replace(text.find("192.168.1.0/24"), 14, "192.168.1.7/24");
  EXPECT_EQ(
      error_of(text),
      "FILE:2:19: error[home-file]: home: '192.168.1.7/24' is not a network: write it like 192.168.0.0/16 or "
      "fe80::/10, with no bits set beyond the prefix");
}

TEST(HomeFile, errors_quote_the_line) {
  EXPECT_EQ(error_of("colour = 3\n" + home_table, true),
            "FILE:1:1: error[home-file]: home file: no key 'colour'\n"
            "    1 | colour = 3\n"
            "      | ^^^^^^");
}

// Both ended the process before the text was looked at first.
TEST(HomeFile, errors_name_a_key_of_too_many_parts) {
  std::string parts;
  for (int i = 0; i < 100'000; ++i) parts += "a.";
  EXPECT_EQ(error_of(parts + "a = 1\n"),
            "FILE:1:402: error[too-deep]: keys and values more than 200 levels deep");
  EXPECT_EQ(error_of("[" + parts + "a]\n").substr(0, 26), "FILE:1:401: error[too-deep");
}

TEST(HomeFile, errors_name_an_unknown_key) {
  EXPECT_EQ(
      error_of(home_table + product + process + server + "steps = [{ out = 100 }]\ncolour = 3\n" + device),
      "FILE:13:1: error[home-file]: product 'bulb', process 'beat': no key 'colour'");
}

TEST(HomeFile, errors_name_a_missing_key) {
  EXPECT_EQ(error_of(home_table + product + process + server + device),
            "FILE:8:1: error[home-file]: product 'bulb', process 'beat': key 'steps' is missing");
}

TEST(HomeFile, errors_name_a_wrong_type_a_wrong_range_and_a_wrong_order) {
  const std::string head = home_table + product + process + server;
  EXPECT_EQ(error_of(head + "steps = [{ out = \"big\" }]\n" + device),
            "FILE:12:18: error[home-file]: step: 'out' must be a number");
  EXPECT_EQ(error_of(head + "steps = [{ out = 20000 }]\n" + device),
            "FILE:12:18: error[home-file]: step: 'out' must lie in 1 .. 16000, not 20000");
  EXPECT_EQ(error_of(head + "steps = [{ out = [9, 5] }]\n" + device),
            "FILE:12:18: error[home-file]: step: 'out' must have its low end first");
  EXPECT_EQ(error_of(head + "steps = [{ out = 1, in = 2 }]\n" + device),
            "FILE:12:10: error[home-file]: step: needs exactly one of 'out' and 'in'");
}

TEST(HomeFile, errors_name_times_that_touch) {
  const std::string head = home_table + product + process + server + "steps = [{ out = 100 }]\n" + device;
  EXPECT_EQ(error_of(head + "present_hours = [[0, 5], [7, 9]]\n"), "no error");
  EXPECT_EQ(error_of(head + "present_hours = [[0, 5], [5, 9]]\n"),
            "FILE:18:26: error[home-file]: device 'lamp': 'present_hours' must hold ranges in their order, "
            "none of which touches "
            "another");
  EXPECT_EQ(error_of(head + "present_hours = [5]\n"),
            "FILE:18:17: error[home-file]: device 'lamp': 'present_hours' must be a number or [low, high]");
}

TEST(HomeFile, errors_name_what_a_reference_could_have_meant) {
  const std::string beat = process + server + "steps = [{ out = 100 }]\n";
  EXPECT_EQ(
      error_of(home_table + product + beat +
               "[[device]]\nname = \"lamp\"\nmac = \"02:00:00:00:00:02\"\n"
               "ip = \"192.168.1.2\"\nproduct = \"blub\"\n"),
      "FILE:17:11: error[home-file]: device 'lamp': 'product' names no product: 'blub'; there are: bulb");
  EXPECT_EQ(error_of(home_table + product + "[[product.process]]\nname = \"beat\"\non = \"rain\"\n" + device),
            "FILE:10:6: error[home-file]: product 'bulb', process 'beat': 'on' names no event: 'rain'; there "
            "are: ");
}

TEST(HomeFile, errors_name_wrong_addresses_and_those_used_twice) {
  const std::string head = home_table + product + process + server + "steps = [{ out = 100 }]\n";
  std::string twice = device;
  twice.replace(twice.find("lamp"), 4, "bulb");
  EXPECT_EQ(error_of(head + device + twice),
            "FILE:20:7: error[home-file]: device 'bulb': 'mac' belongs to another device already");
  EXPECT_EQ(error_of(head + device + device),
            "FILE:19:8: error[home-file]: device 'lamp': 'name' must be unique and a name: no '/', '.', "
            "'..', control "
            "characters, blanks alone or nothing; UTF-8, at most 200 bytes");
  std::string wrong = device;
  wrong.replace(wrong.find("192.168.1.2"), 11, "192.168.1.x");
  EXPECT_EQ(error_of(head + wrong),
            "FILE:16:6: error[home-file]: device 'lamp': 'ip' is not an IPv4 address: '192.168.1.x'");
  wrong = device;
  wrong.replace(wrong.find("02:00:00:00:00:02"), 17, "02:00:00:00:00:zz");
  EXPECT_EQ(error_of(head + wrong),
            "FILE:15:7: error[home-file]: device 'lamp': 'mac' is not a MAC address: '02:00:00:00:00:zz'");
}

TEST(HomeFile, errors_name_a_trigger_that_is_missing_or_double) {
  const std::string both = "[[product.process]]\nname = \"beat\"\nevery_seconds = 10\nper_hour = 3\n";
  EXPECT_EQ(error_of(home_table + product + both + device),
            "FILE:8:1: error[home-file]: product 'bulb', process 'beat': needs exactly one of "
            "'every_seconds', 'per_hour' and 'on'");
}

TEST(HomeFile, errors_name_a_device_without_the_ipv6_address_that_its_product_needs) {
  EXPECT_EQ(error_of(home_table + product + process + "transport = \"neighbour\"\n" + device),
            "FILE:12:1: error[home-file]: device 'lamp': process 'beat' of its product needs 'ipv6'");
}

}  // namespace
}  // namespace ipet::synthesis::test
