#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sqlproxy::audit {

// Pieces of lines that follow from an object of facts alone, which many events share: each is put together once and
// then copied. Remembers a bounded number of pieces of bounded size, and keeps their facts alive. Not thread-safe.
class FragmentCache {
 public:
  // Appends to `out` what write() appends for `facts`: always the same, because facts are immutable.
  template <class Facts, class Write>
  void append(std::string& out, const std::shared_ptr<const Facts>& facts, Write write) {
    if (!facts) return write();
    Fragment& fragment = fragments_[place_of(facts.get())];
    if (fragment.facts == facts) {
      out.append(fragment.text);
      return;
    }
    const std::size_t start = out.size();
    write();
    if (out.size() - start > kMaxBytes) return;
    fragment.facts = facts;
    fragment.text.assign(out, start);
  }

 private:
  static constexpr std::size_t kFragments = 256;
  static constexpr std::size_t kMaxBytes = 2048;

  struct Fragment {
    std::shared_ptr<const void> facts;
    std::string text;
  };

  // Facts stand next to one another in memory, in steps of a few cache lines.
  [[nodiscard]] static std::size_t place_of(const void* facts) {
    constexpr std::uint64_t kOddMultiplier = 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(facts) * kOddMultiplier) >> 32U) % kFragments;
  }

  std::array<Fragment, kFragments> fragments_;
};

}  // namespace sqlproxy::audit
