#pragma once

#include <cstdint>
#include <span>

// Unicode data behind saslprep() and normalize_nfkc(); all tables are sorted by code point. Only for those two.
namespace sqlproxy::wire::saslprep_tables {

struct CodePointRange {
  char32_t first;
  char32_t last;
};

struct CombiningClassRange {
  char32_t first;
  char32_t last;
  std::uint8_t combining_class;
};

// The full compatibility decomposition of a character, as a stretch of kDecompositionPool.
struct Decomposition {
  char32_t code_point;
  std::uint16_t offset;
  std::uint8_t length;
};

// A primary composite; sorted by (first, second).
struct Composition {
  char32_t first;
  char32_t second;
  char32_t composed;
};

// Tables of RFC 3454, named by what RFC 4013 does with them.
extern const std::span<const CodePointRange> kMappedToSpace;    // C.1.2
extern const std::span<const CodePointRange> kMappedToNothing;  // B.1
extern const std::span<const CodePointRange> kProhibited;       // C.1.2, C.2.1, C.2.2, C.3 to C.9
extern const std::span<const CodePointRange> kUnassigned;       // A.1
extern const std::span<const CodePointRange> kRandALCat;        // D.1
extern const std::span<const CodePointRange> kLCat;             // D.2

// Characters that are not listed have class 0.
extern const std::span<const CombiningClassRange> kCombiningClasses;
extern const std::span<const char32_t> kDecompositionPool;
extern const std::span<const Decomposition> kDecompositions;
extern const std::span<const Composition> kCompositions;

}  // namespace sqlproxy::wire::saslprep_tables
