// Names of captures and devices as names of HDF5 objects.
#include <gtest/gtest.h>

#include "stages/files/object_names.hpp"

namespace ipet::storage {
namespace {

TEST(Names, keep_what_hdf5_can_name) {
  for (const char* name : {"blink-cam-01", "a b", "..x",
                           "K\xC3\xBC"
                           "che",
                           "f4:b8:5e"})
    EXPECT_EQ(encode_name(name), name);
}

TEST(Names, escape_what_hdf5_would_split_or_misread) {
  EXPECT_EQ(encode_name("day1/a.pcap"), "day1%2Fa.pcap");
  EXPECT_EQ(encode_name("100%"), "100%25");
  EXPECT_EQ(encode_name("."), "%2E");
  EXPECT_EQ(encode_name(".."), "%2E%2E");
  EXPECT_EQ(encode_name("a\nb"), "a%0Ab");
  EXPECT_EQ(encode_name("\xFFz"), "%FFz");
  EXPECT_EQ(encode_name(""), "%");
}

TEST(Names, escape_the_first_letter_of_a_reserved_name) {
  EXPECT_EQ(encode_name("discriminator", "discriminator"), "%64iscriminator");
  EXPECT_EQ(encode_name("discriminators", "discriminator"), "discriminators");
}

TEST(Names, come_back_from_their_escaped_form) {
  for (const std::string& name : {std::string("day1/a.pcap"), std::string("100%"), std::string("%2F"),
                                  std::string("."), std::string(""), std::string("\xED\xA0\x80"),
                                  std::string("\0x", 2), std::string("\xF0\x9F\x98\x80/")}) {
    EXPECT_EQ(decode_name(encode_name(name)), name);
    EXPECT_EQ(encode_name(name).find('/'), std::string::npos);
  }
  EXPECT_EQ(decode_name(encode_name("discriminator", "discriminator")), "discriminator");
}

}  // namespace
}  // namespace ipet::storage
