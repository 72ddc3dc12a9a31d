#pragma once

#include <string>
#include <string_view>

namespace sqlproxy::wire {

// Normalisation form KC (Unicode Standard Annex 15) of text whose characters Unicode 3.2 assigns; later ones stay as
// they are.
[[nodiscard]] std::u32string normalize_nfkc(std::u32string_view text);

}  // namespace sqlproxy::wire
