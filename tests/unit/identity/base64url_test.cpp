#include "identity/base64url.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::identity {
namespace {

TEST(Base64Url, DecodesWhatEncodersWrite) {
  EXPECT_EQ(base64url_decode(""), "");
  EXPECT_EQ(base64url_decode("Zg"), "f");
  EXPECT_EQ(base64url_decode("Zm8"), "fo");
  EXPECT_EQ(base64url_decode("Zm9vYmFy"), "foobar");
  // RFC 7515, appendix C.
  EXPECT_EQ(base64url_decode("A-z_4ME"), "\x03\xEC\xFF\xE0\xC1");
}

TEST(Base64Url, RefusesEverythingElse) {
  for (const char* const text : {"Z", "Zm9vY", "Zg==", "Zg=", "Zm8=", "Zm 8", "Zm8\n", " Zm8", "Z+8", "Z/8", "Zm.8",
                                 // Bits that belong to no byte: the same bytes would have several forms.
                                 "Zh", "Zn", "Zm9", "ZZ"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(base64url_decode(std::string_view("Zg\0Z", 4)), std::nullopt);
}

}  // namespace
}  // namespace sqlproxy::identity
