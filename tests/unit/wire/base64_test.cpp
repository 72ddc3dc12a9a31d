#include "wire/base64.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::wire {
namespace {

// RFC 4648, section 10.
TEST(Base64, KnowsTheVectorsOfTheRfc) {
  for (const auto& [plain, text] :
       {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="}, std::pair{"foo", "Zm9v"},
        std::pair{"foob", "Zm9vYg=="}, std::pair{"fooba", "Zm9vYmE="}, std::pair{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64_encode(plain), text);
    EXPECT_EQ(base64_decode(text), plain);
  }
}

TEST(Base64, CarriesEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  for (std::size_t size = 0; size <= all.size(); ++size) {
    EXPECT_EQ(base64_decode(base64_encode(all.substr(0, size))), all.substr(0, size));
  }
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm9v=", "Zg==Zg==", "Zg=v", "====", "=", "Zm9\n", " Zm9v", "Zm9v\n",
                           "Zm-_", "Zh==", "Zm9="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

}  // namespace
}  // namespace sqlproxy::wire
