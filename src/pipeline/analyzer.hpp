#pragma once

#include <string_view>

#include "pipeline/analysis.hpp"

namespace sqlproxy::pipeline {

// What the SQL text of one Query or Parse message says, by its text alone: names are as written, nothing is looked up.
//
// Everything in each Statement is filled but `normalized` and `fingerprint`, which are the normaliser's. A text that
// does not parse, or that holds a construct which is not understood, gives an Analysis with `error` and without
// statements.
//
// Pure and thread-safe. Never throws on what the text holds, needs no more stack for deep texts than for flat ones, and
// gives up with 54000 beyond the bounds named in tree_walker.hpp. The caller has checked the text's size, its operator
// runs and its nesting (text_guard.hpp) first: the parser itself is not bounded.
[[nodiscard]] Analysis analyze(std::string_view sql);

}  // namespace sqlproxy::pipeline
