#!/usr/bin/env python3
"""Writes src/wire/saslprep_tables.cpp: what SASLprep and NFKC need to know of Unicode.

SASLprep takes only characters that Unicode 3.2 assigns (RFC 3454, table A.1), and their normalisation never changes
(Unicode's stability policy), so the tables hold those characters alone and depend little on the Python that runs this.

    python3 scripts/generate_saslprep_tables.py > src/wire/saslprep_tables.cpp
"""

import stringprep
import unicodedata

HANGUL_FIRST, HANGUL_LAST = 0xAC00, 0xD7A3  # composed by arithmetic, not by table
LINE_WIDTH = 118


def assigned():
    """Characters of Unicode 3.2 that UTF-8 can carry."""
    for code in range(0x110000):
        if 0xD800 <= code <= 0xDFFF or HANGUL_FIRST <= code <= HANGUL_LAST:
            continue
        if not stringprep.in_table_a1(chr(code)):
            yield code


def ranges(codes_with_value):
    """[(first, last, value)] of adjoining codes with equal values."""
    result = []
    for code, value in codes_with_value:
        if result and result[-1][1] == code - 1 and result[-1][2] == value:
            result[-1][1] = code
        else:
            result.append([code, code, value])
    return result


def members(predicate):
    """Ranges of the characters for which `predicate` holds; surrogates never occur in valid UTF-8."""
    codes = (c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF and predicate(chr(c)))
    return ranges((c, 0) for c in codes)


def is_prohibited(char):
    tests = (
        stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
        stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
        stringprep.in_table_c9)
    return any(test(char) for test in tests)


def decompositions():
    """(pool of code points, [(code, offset, length)]): full compatibility decompositions."""
    wanted = {}
    for code in assigned():
        text = unicodedata.normalize("NFKD", chr(code))
        if text != chr(code):
            wanted[code] = text
    pool = ""
    for text in sorted(set(wanted.values()), key=lambda t: (-len(t), t)):
        if text not in pool:
            pool += text
    return pool, [(code, pool.index(text), len(text)) for code, text in sorted(wanted.items())]


def compositions():
    """[(first, second, composed)] of the primary composites."""
    result = []
    for code in assigned():
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.normalize("NFC", chr(code)) == chr(code):
            result.append((int(parts[0], 16), int(parts[1], 16), code))
    return sorted(result)


def print_table(declaration, entries):
    print(f"\n{declaration} = {{")
    line = "   "
    for entry in entries:
        if len(line) + len(entry) + 1 > LINE_WIDTH:
            print(line)
            line = "   "
        line += " " + entry
    print(line)
    print("};")


def print_ranges(name, table):
    print_table(f"constexpr CodePointRange {name}Data[]", (f"{{{a:#x}, {b:#x}}}," for a, b, _ in table))


def main():
    tables = {
        "kMappedToSpace": members(stringprep.in_table_c12),
        "kMappedToNothing": members(stringprep.in_table_b1),
        "kProhibited": members(is_prohibited),
        "kUnassigned": members(stringprep.in_table_a1),
        "kRandALCat": members(stringprep.in_table_d1),
        "kLCat": members(stringprep.in_table_d2),
    }
    classes = ranges((c, unicodedata.combining(chr(c))) for c in assigned() if unicodedata.combining(chr(c)))
    pool, decomposed = decompositions()

    print("// Written by scripts/generate_saslprep_tables.py; do not edit.")
    print("// clang-format off")
    print('#include "wire/saslprep_tables.hpp"\n\nnamespace sqlproxy::wire::saslprep_tables {\nnamespace {')
    for name, table in tables.items():
        print_ranges(name, table)
    print_table("constexpr CombiningClassRange kCombiningClassesData[]",
                (f"{{{a:#x}, {b:#x}, {v}}}," for a, b, v in classes))
    print_table("constexpr char32_t kDecompositionPoolData[]", (f"{ord(c):#x}," for c in pool))
    print_table("constexpr Decomposition kDecompositionsData[]", (f"{{{c:#x}, {o}, {n}}}," for c, o, n in decomposed))
    print_table("constexpr Composition kCompositionsData[]",
                (f"{{{a:#x}, {b:#x}, {c:#x}}}," for a, b, c in compositions()))
    print("\n}  // namespace\n")
    for name in tables:
        print(f"const std::span<const CodePointRange> {name} = {name}Data;")
    print("const std::span<const CombiningClassRange> kCombiningClasses = kCombiningClassesData;")
    print("const std::span<const char32_t> kDecompositionPool = kDecompositionPoolData;")
    print("const std::span<const Decomposition> kDecompositions = kDecompositionsData;")
    print("const std::span<const Composition> kCompositions = kCompositionsData;")
    print("\n}  // namespace sqlproxy::wire::saslprep_tables")


if __name__ == "__main__":
    main()
