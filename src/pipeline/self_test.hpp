#pragma once

namespace sqlproxy::pipeline {

// True when libpg_query's parse trees are laid out as this program was compiled to read them. To be asked once at
// start: a library of another version would make the analyzer read other things than the text says.
[[nodiscard]] bool parser_is_sound();

}  // namespace sqlproxy::pipeline
