#include "audit/json_reader.hpp"

#include <cstddef>
#include <utility>

#include "audit/utf8.hpp"

namespace sqlproxy::audit {
namespace {

constexpr int kMaxDepth = 32;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// A recursive-descent recogniser. Every skip_x() moves past one x and returns false when there is none.
class Recogniser {
 public:
  explicit Recogniser(std::string_view text) : text_(text) {}

  bool object(std::vector<JsonMember>* members, int depth) {
    if (depth > kMaxDepth || !take('{')) return false;
    skip_space();
    if (take('}')) return true;
    do {
      skip_space();
      const std::size_t name = at_;
      if (!string()) return false;
      const std::string_view name_text = text_.substr(name + 1, at_ - name - 2);
      skip_space();
      if (!take(':')) return false;
      skip_space();
      const std::size_t start = at_;
      if (!value(depth)) return false;
      if (members != nullptr) members->push_back({name_text, text_.substr(start, at_ - start)});
      skip_space();
    } while (take(','));
    return take('}');
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

 private:
  bool value(int depth) {
    if (at_end()) return false;
    switch (text_[at_]) {
      case '{': return object(nullptr, depth + 1);
      case '[': return array(depth + 1);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  bool array(int depth) {
    if (depth > kMaxDepth || !take('[')) return false;
    skip_space();
    if (take(']')) return true;
    do {
      skip_space();
      if (!value(depth)) return false;
      skip_space();
    } while (take(','));
    return take(']');
  }

  bool string() {
    if (!take('"')) return false;
    while (!at_end()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') return take('"');
      if (byte < 0x20) return false;
      if (byte == '\\') {
        if (!escape()) return false;
      } else if (byte < 0x80) {
        ++at_;
      } else {
        const Utf8Char character = decode_utf8(text_.substr(at_));
        if (character.length == 0) return false;
        at_ += character.length;
      }
    }
    return false;
  }

  bool escape() {
    ++at_;
    if (at_end()) return false;
    const char kind = text_[at_++];
    if (kind != 'u') return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_end() || !is_hex(text_[at_])) return false;
    }
    return true;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  bool digits() {
    const std::size_t start = at_;
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<JsonMember>> read_json_object(std::string_view text) {
  std::vector<JsonMember> members;
  Recogniser recogniser(text);
  recogniser.skip_space();
  if (!recogniser.object(&members, 1)) return std::nullopt;
  recogniser.skip_space();
  if (!recogniser.at_end()) return std::nullopt;
  return members;
}

}  // namespace sqlproxy::audit
